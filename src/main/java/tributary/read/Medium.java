package tributary.read;

/** What the bytes of a cell or of a file are meant to be, and so which reader they go to. */
public enum Medium {
  /** UTF-8. */
  TEXT,
  /** A file of a picture, in any format that {@link ImageReader} knows. */
  PICTURE,
  /** A file of sound, in any format that {@link AudioReader} knows. */
  SOUND,
  /** A file of a mesh or of points in space, in any format that {@link MeshReader} knows. */
  MESH;

  /** Dimensions of a mesh. */
  public static final int SPACE = 3;

  /**
   * A new decoder, for one column in one task. One of pictures remembers the last: one drawing with
   * many captions is decoded once.
   */
  public Decoder decoder() {
    return switch (this) {
      case TEXT -> TextReader::read;
      case PICTURE -> new LastPicture();
      case SOUND -> AudioReader::read;
      case MESH -> MeshReader::read;
    };
  }
}
