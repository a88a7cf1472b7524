package tributary.read;

/** What the bytes of a cell or of a file are meant to be, and so which reader they go to. */
public enum Medium {
  /** UTF-8. */
  TEXT,
  /** A file of a picture, in any format that {@link ImageReader} knows. */
  PICTURE,
  /** A file of sound, in any format that {@link AudioReader} knows. */
  SOUND,
  /** A file of video, in any format that {@link VideoReader} knows. */
  VIDEO,
  /** A file of a mesh or of points in space, in any format that {@link MeshReader} knows. */
  MESH;

  /** Dimensions of a mesh. */
  public static final int SPACE = 3;

  /**
   * A new decoder, for one column in one task. One of pictures remembers the last: one drawing with
   * many captions is decoded once.
   *
   * @param codecs for what isn't decoded here
   */
  public Decoder decoder(CodecLibrary codecs) {
    return switch (this) {
      case TEXT -> TextReader::read;
      case PICTURE -> new LastPicture(codecs);
      case SOUND -> content -> AudioReader.read(content, codecs);
      case VIDEO -> content -> VideoReader.read(content, codecs);
      case MESH -> MeshReader::read;
    };
  }
}
