package tributary.read;

import java.awt.image.BufferedImage;
import java.awt.image.DataBufferInt;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.apache.batik.anim.dom.SVGDOMImplementation;
import org.apache.batik.bridge.UserAgent;
import org.apache.batik.dom.util.DOMUtilities;
import org.apache.batik.transcoder.SVGAbstractTranscoder;
import org.apache.batik.transcoder.TranscoderException;
import org.apache.batik.transcoder.TranscoderInput;
import org.apache.batik.transcoder.TranscoderOutput;
import org.apache.batik.transcoder.image.ImageTranscoder;
import org.jspecify.annotations.Nullable;
import org.w3c.dom.Document;
import org.xml.sax.ErrorHandler;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;
import org.xml.sax.SAXParseException;

/**
 * Drawings by Batik, their longer side drawn as {@link #LONGER_SIDE} pixels on nothing. The file is
 * hostile until shown otherwise: no external document type, entity, style sheet, picture or font is
 * loaded, no script runs, entities of the file's own are expanded within narrow bounds (drawing
 * programs declare their name spaces so), and {@link SvgRules} is met before anything is drawn.
 */
final class SvgReader {
  static final int LONGER_SIDE = 512;

  private SvgReader() {}

  static Signal.Image read(byte[] payload) throws IOException {
    Document parsed = parse(payload);
    SvgRules.Size size = SvgRules.check(parsed.getDocumentElement());
    Document svg = // Batik's own kind of tree; the document type stays behind
        DOMUtilities.deepCloneDocument(parsed, SVGDOMImplementation.getDOMImplementation());
    double scale = LONGER_SIDE / Math.max(size.width(), size.height());
    Canvas canvas = new Canvas();
    canvas.addTranscodingHint(
        SVGAbstractTranscoder.KEY_WIDTH, (float) Math.max(1, Math.round(size.width() * scale)));
    canvas.addTranscodingHint(
        SVGAbstractTranscoder.KEY_HEIGHT, (float) Math.max(1, Math.round(size.height() * scale)));
    canvas.addTranscodingHint(SVGAbstractTranscoder.KEY_EXECUTE_ONLOAD, false);
    canvas.addTranscodingHint(SVGAbstractTranscoder.KEY_ALLOWED_SCRIPT_TYPES, "");
    canvas.addTranscodingHint(SVGAbstractTranscoder.KEY_CONSTRAIN_SCRIPT_ORIGIN, true);
    canvas.addTranscodingHint(SVGAbstractTranscoder.KEY_ALLOW_EXTERNAL_RESOURCES, false);
    canvas.setErrorHandler(new Unsaid());
    try {
      canvas.transcode(new TranscoderInput(svg), new TranscoderOutput());
    } catch (TranscoderException e) {
      throw new IOException(Format.reason(e), e);
    }
    BufferedImage image = canvas.image;
    if (image == null) {
      throw new IOException("nothing was drawn");
    }
    int[] argb = ((DataBufferInt) image.getRaster().getDataBuffer()).getData();
    return new Signal.Image(image.getWidth(), image.getHeight(), argb);
  }

  private static Document parse(byte[] payload) throws IOException {
    try {
      DocumentBuilderFactory factory = DocumentBuilderFactory.newDefaultNSInstance();
      factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
      factory.setFeature("http://xml.org/sax/features/external-general-entities", false);
      factory.setFeature("http://xml.org/sax/features/external-parameter-entities", false);
      factory.setFeature("http://apache.org/xml/features/nonvalidating/load-external-dtd", false);
      factory.setAttribute(XMLConstants.ACCESS_EXTERNAL_DTD, "");
      factory.setAttribute(XMLConstants.ACCESS_EXTERNAL_SCHEMA, "");
      factory.setAttribute("jdk.xml.entityExpansionLimit", "1000");
      factory.setAttribute("jdk.xml.totalEntitySizeLimit", "100000");
      factory.setAttribute("jdk.xml.maxElementDepth", "200");
      factory.setXIncludeAware(false);
      factory.setExpandEntityReferences(true);
      DocumentBuilder builder = factory.newDocumentBuilder();
      builder.setErrorHandler(new Fatal());
      builder.setEntityResolver(
          (name, address) -> new InputSource(new ByteArrayInputStream(new byte[0])));
      return builder.parse(new ByteArrayInputStream(payload));
    } catch (ParserConfigurationException | SAXException e) {
      throw new IOException(Format.reason(e), e);
    }
  }

  /** Prints nothing; what isn't well-formed is thrown. */
  private static final class Fatal implements ErrorHandler {
    @Override
    public void warning(SAXParseException e) {}

    @Override
    public void error(SAXParseException e) {}

    @Override
    public void fatalError(SAXParseException e) throws SAXParseException {
      throw e;
    }
  }

  /**
   * Batik goes on after warnings and errors, as browsers do, and prints them unless told not to.
   */
  private static final class Unsaid implements org.apache.batik.transcoder.ErrorHandler {
    @Override
    public void warning(TranscoderException e) {}

    @Override
    public void error(TranscoderException e) {}

    @Override
    public void fatalError(TranscoderException e) throws TranscoderException {
      throw e;
    }
  }

  private static final class Canvas extends ImageTranscoder {
    private @Nullable BufferedImage image;

    @Override
    protected UserAgent createUserAgent() {
      return new SVGAbstractTranscoderUserAgent() {
        @Override
        public void displayError(Exception e) {} // Batik's own prints the stack
      };
    }

    @Override
    public BufferedImage createImage(int width, int height) {
      return new BufferedImage(width, height, BufferedImage.TYPE_INT_ARGB);
    }

    @Override
    public void writeImage(BufferedImage drawn, @Nullable TranscoderOutput output) {
      image = drawn;
    }
  }
}
