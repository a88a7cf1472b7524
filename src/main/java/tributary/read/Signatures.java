package tributary.read;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Formats that no reader of this package takes, by their first bytes, so that a message can name
 * them. One line per format; the first that fits is meant, so a line that says more is in front of
 * one that says less.
 *
 * <p>To add one: {@code a.add("its name", at, "its first bytes")}, with {@link #ANY} for a byte
 * that may be any. A format that becomes readable moves to {@link Format}.
 */
final class Signatures {
  /** Any byte. */
  private static final char ANY = '\uffff';

  /** Any four bytes: a size. */
  private static final String SIZE = "" + ANY + ANY + ANY + ANY;

  /** A box of a file type, before its brand (ISO/IEC 14496-12). */
  private static final String BRAND = SIZE + "ftyp";

  private static final List<Signature> ALL = all();

  private record Signature(String name, int at, String magic) {
    boolean fits(byte[] payload) {
      if (payload.length < at + magic.length()) {
        return false;
      }
      for (int i = 0; i < magic.length(); i++) {
        if (magic.charAt(i) != ANY && magic.charAt(i) != (payload[at + i] & 0xFF)) {
          return false;
        }
      }
      return true;
    }
  }

  private Signatures() {}

  /** The name of the payload's format, or null where none here is meant. */
  static @Nullable String name(byte[] payload) {
    for (Signature signature : ALL) {
      if (signature.fits(payload)) {
        return signature.name();
      }
    }
    return null;
  }

  /** Names of formats by their signatures. */
  private static final class Table {
    private final List<Signature> signatures = new ArrayList<>();

    void add(String name, int at, String... magics) {
      Arrays.stream(magics).map(m -> new Signature(name, at, m)).forEach(signatures::add);
    }

    void brands(String name, String... brands) {
      Arrays.stream(brands).map(b -> new Signature(name, 0, BRAND + b)).forEach(signatures::add);
    }
  }

  private static List<Signature> all() {
    Table table = new Table();
    pictures(table);
    sounds(table);
    videos(table);
    models(table);
    documents(table);
    wrappings(table);
    return List.copyOf(table.signatures);
  }

  private static void pictures(Table a) {
    a.brands("HEIC", "heic", "heix", "heim", "heis", "hevc", "hevx", "hevm", "hevs");
    a.brands("AVIF", "avif", "avis");
    a.brands("HEIF", "mif1", "mif2", "msf1", "miaf");
    a.brands("JPEG 2000", "jp2 ", "jpx ", "jpm ", "mjp2", "jph ");
    a.brands("Canon CR3 (raw)", "crx ");
    a.add("JPEG 2000", 0, "\0\0\0\u000cjP  \r\n\u0087\n", "\u00ff\u004f\u00ff\u0051");
    a.add("JPEG XL", 0, "\0\0\0\u000cJXL \r\n\u0087\n", "\u00ff\n");
    a.add("JPEG XR", 0, "II\u00bc");
    a.add("Photoshop (PSD)", 0, "8BPS\0\u0001");
    a.add("Photoshop (PSB)", 0, "8BPS\0\u0002");
    a.add("GIMP (XCF)", 0, "gimp xcf");
    a.add("ICO", 0, "\0\0\u0001\0" + ANY + "\0");
    a.add("CUR", 0, "\0\0\u0002\0" + ANY + "\0");
    a.add("ICNS", 0, "icns");
    a.add("OpenEXR", 0, "v/1\u0001");
    a.add("Radiance HDR", 0, "#?RADIANCE", "#?RGBE");
    a.add("DDS", 0, "DDS |\0\0\0");
    a.add("KTX", 0, "\u00abKTX ");
    a.add("QOI", 0, "qoif");
    a.add("FLIF", 0, "FLIF");
    a.add("BPG", 0, "BPG\u00fb");
    for (String end : new String[] {"\n", " ", "\r", "\t"}) {
      a.add("PNM (PBM, PGM, PPM)", 0, "P1" + end, "P2" + end, "P3" + end);
      a.add("PNM (PBM, PGM, PPM)", 0, "P4" + end, "P5" + end, "P6" + end);
      a.add("PAM", 0, "P7" + end);
      a.add("PFM", 0, "PF" + end, "Pf" + end);
    }
    a.add("PCX", 0, "\n\u0005\u0001\u0008", "\n\u0005\u0001\u0001");
    a.add("Sun raster", 0, "\u0059\u00a6\u006a\u0095");
    a.add("SGI", 0, "\u0001\u00da");
    a.add("TGA", 0, tga(0, 2), tga(0, 3), tga(0, 10), tga(0, 11), tga(1, 1), tga(1, 9));
    a.add("WMF", 0, "\u00d7\u00cd\u00c6\u009a");
    a.add("EMF", 40, " EMF");
    a.add("XPM", 0, "/* XPM */");
    a.add("FITS", 0, "SIMPLE  =");
    a.add("DICOM", 128, "DICM");
    a.add("PICT", 522, "\0\u0011\u0002\u00ff");
    a.add("MNG", 0, "\u008aMNG\r\n");
    a.add("JNG", 0, "\u008bJNG\r\n");
    a.add("Fuji RAF (raw)", 0, "FUJIFILMCCD-RAW");
    a.add("Olympus ORF (raw)", 0, "IIRO", "IIRS", "MMOR");
    a.add("Panasonic RW2 (raw)", 0, "IIU\0");
  }

  /** No signature of its own: palette and kind, then an origin of zero. */
  private static String tga(int palette, int kind) {
    String colours = palette == 0 ? "\0\0\0\0\0" : SIZE + ANY;
    return "\0" + (char) palette + (char) kind + colours + "\0\0\0\0";
  }

  private static void sounds(Table a) {
    a.brands("M4A (AAC or ALAC)", "M4A ", "M4B ", "M4P ");
    a.add("Wave64", 0, "riff\u002e\u0091\u00cf\u0011");
    a.add("MP3 (after an ID3 tag)", 0, "ID3");
    a.add("AAC (ADTS)", 0, "\u00ff\u00f0", "\u00ff\u00f1", "\u00ff\u00f8", "\u00ff\u00f9");
    a.add("AAC (ADIF)", 0, "ADIF");
    a.add("MP3", 0, "\u00ff\u00fb", "\u00ff\u00fa", "\u00ff\u00f3", "\u00ff\u00f2");
    a.add("MP3", 0, "\u00ff\u00e2", "\u00ff\u00e3");
    a.add("MPEG audio, layer 2", 0, "\u00ff\u00fd", "\u00ff\u00fc", "\u00ff\u00f5", "\u00ff\u00f4");
    a.add("AC-3", 0, "\u000b\u0077");
    a.add("DTS", 0, "\u007f\u00fe\u0080\u0001");
    a.add("AMR", 0, "#!AMR");
    a.add("Core Audio (CAF)", 0, "caff\0\u0001");
    a.add("WavPack", 0, "wvpk");
    a.add("Monkey's Audio", 0, "MAC ");
    a.add("Musepack", 0, "MPCK", "MP+");
    a.add("True Audio", 0, "TTA1", "TTA2");
    a.add("DSD (DSF)", 0, "DSD \u001c");
    a.add("DSD (DSDIFF)", 0, "FRM8");
    a.add("8SVX", 0, "FORM" + SIZE + "8SVX");
    a.add("MIDI", 0, "MThd");
    a.add("VOC", 0, "Creative Voice File");
    a.add("NIST SPHERE", 0, "NIST_1A");
    a.add("IRCAM", 0, "\u0064\u00a3\u0001\0", "\u0064\u00a3\u0002\0", "\0\u0001\u00a3\u0064");
    a.add("AVR", 0, "2BIT");
    a.add("PAF", 0, " paf", "fap ");
    a.add("PVF", 0, "PVF1\n", "PVF2\n");
    a.add("16SV", 0, "FORM" + SIZE + "16SV");
    a.add("SDS (MIDI sample dump)", 0, "\u00f0\u007e");
    a.add("AAC (LATM)", 0, "\u0056\u00e0", "\u0056\u00e1");
  }

  private static void videos(Table a) {
    a.brands("QuickTime", "qt  ");
    a.brands("3GP", "3gp", "3g2");
    a.add("MP4", 0, BRAND);
    a.add("QuickTime", 4, "moov", "mdat" + SIZE, "wide");
    a.add("Matroska or WebM", 0, "\u001a\u0045\u00df\u00a3");
    a.add("AVI", 0, "RIFF" + SIZE + "AVI ");
    a.add("Flash video", 0, "FLV\u0001");
    a.add("Windows Media (ASF)", 0, "\u0030\u0026\u00b2\u0075\u008e\u0066\u00cf\u0011");
    a.add("RealMedia", 0, ".RMF");
    a.add("MPEG transport stream", 0, "G" + String.valueOf(ANY).repeat(187) + "G");
    a.add("MPEG", 0, "\0\0\u0001\u00ba", "\0\0\u0001\u00b3");
    a.add("H.264", 0, "\0\0\0\u0001\u0067", "\0\0\0\u0001\u0009");
    a.add("IVF", 0, "DKIF");
    a.add("MXF", 0, "\u0006\u000e\u002b\u0034\u0002\u0005\u0001\u0001");
    a.add("NUT", 0, "nut/multimedia container");
    a.add("MPEG-4 without a container", 0, "\0\0\u0001\u00b0", "\0\0\u0001\u00b5");
    a.add("a playlist (M3U), not what it lists", 0, "#EXTM3U");
    a.add("YUV4MPEG2", 0, "YUV4MPEG2 ");
  }

  /** Meshes and points; some are read where points are. */
  private static void models(Table a) {
    a.add("PLY (a mesh)", 0, "ply\n", "ply\r", "ply ");
    a.add("OFF (a mesh)", 0, "OFF\n", "OFF\r", "OFF ", "COFF", "NOFF");
    a.add("STL (a mesh)", 0, "solid ", "solid\n", "solid\r");
    a.add("glTF (GLB)", 0, "glTF");
    a.add("FBX", 0, "Kaydara FBX Binary", "; FBX ");
    a.add("3DS", 0, "MM" + SIZE + "\u0002\0\n\0\0\0");
    a.add("LAS or LAZ", 0, "LASF");
    a.add("E57", 0, "ASTM-E57");
    a.add("PCD", 0, "# .PCD", "VERSION .7", "VERSION 0.7");
    a.add("STEP", 0, "ISO-10303-21;");
    a.add("IGES", 72, "S      1", "S0000001");
    a.add("VRML", 0, "#VRML ");
    a.add("USD", 0, "PXR-USDC", "#usda ");
    a.add("Blender", 0, "BLENDER");
    a.add("Draco", 0, "DRACO");
    a.add("Rhino (3DM)", 0, "3D Geometry File Format");
    a.add("Alembic", 0, "Ogawa");
    a.add("LightWave (LWO)", 0, "FORM" + SIZE + "LWO");
    a.add("DirectX (X)", 0, "xof 0");
    a.add("DXF", 0, "0\nSECTION", "0\r\nSECTION", "  0\nSECTION", "  0\r\nSECTION");
    a.add("DXF", 0, "AutoCAD Binary DXF");
    a.add("DWG", 0, "AC10");
  }

  private static void documents(Table a) {
    a.add("PDF", 0, "%PDF");
    a.add("PostScript", 0, "%!PS", "\u00c5\u00d0\u00d3\u00c6");
    a.add("DjVu", 0, "AT&TFORM");
    a.add("an old Office document", 0, "\u00d0\u00cf\u0011\u00e0\u00a1\u00b1\u001a\u00e1");
    a.add("RTF", 0, "{\\rtf");
    for (String mark : new String[] {"", "\u00ef\u00bb\u00bf", "\n", "\r\n"}) {
      a.add("HTML", 0, mark + "<!DOCTYPE html", mark + "<!doctype html", mark + "<!DOCTYPE HTML");
      a.add("HTML", 0, mark + "<html", mark + "<HTML");
      a.add("XML that is no SVG", 0, mark + "<?xml");
    }
    a.add("Parquet", 0, "PAR1");
    a.add("MATLAB", 0, "MATLAB 5.0 MAT-file");
    a.add("NumPy", 0, "\u0093NUMPY");
    a.add("HDF5", 0, "\u0089HDF\r\n");
  }

  private static void wrappings(Table a) {
    a.add("ZIP", 0, "PK\u0003\u0004");
    a.add("gzip", 0, "\u001f\u008b");
    a.add("bzip2", 0, "BZh");
    a.add("XZ", 0, "\u00fd7zXZ\0");
    a.add("Zstandard", 0, "\u0028\u00b5\u002f\u00fd");
    a.add("7z", 0, "7z\u00bc\u00af\u0027\u001c");
    a.add("RAR", 0, "Rar!\u001a\u0007");
    a.add("tar", 257, "ustar");
    a.add("a pointer of Git LFS, not the file", 0, "version https://git-lfs.");
    a.add("a data URI, not its bytes", 0, "data:");
    a.add("Base64 of a PNG (unbase64 makes it bytes)", 0, "iVBORw0KGgo");
    a.add("Base64 of a JPEG (unbase64 makes it bytes)", 0, "/9j/");
    a.add("Base64 of a GIF (unbase64 makes it bytes)", 0, "R0lGOD");
    a.add("Base64 of RIFF (unbase64 makes it bytes)", 0, "UklGR");
  }
}
