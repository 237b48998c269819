package io.cxr.dicom.result;

import io.cxr.Heatmap;
import io.cxr.Prediction;
import io.cxr.model.Task;
import io.cxr.radiograph.Radiograph;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.time.ZoneOffset;
import java.util.GregorianCalendar;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TimeZone;
import org.apache.pdfbox.pdfwriter.compress.CompressParameters;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.PDDocumentInformation;
import org.apache.pdfbox.pdmodel.PDPage;
import org.apache.pdfbox.pdmodel.PDPageContentStream;
import org.apache.pdfbox.pdmodel.common.PDRectangle;

/**
 * The report of a result as PDF pages of A4: pictures, the table of labels, and what it was made of
 * and with. Pictures and letters shrink so that it is one page; a table that is longer still goes
 * on over further pages. The document's identifier and dates follow from the result, so that the
 * same result gives the same bytes.
 */
final class ReportPages {
  static final String TITLE = "Chest radiograph: what a model says";

  private static final PDRectangle PAPER = PDRectangle.A4;
  private static final float MARGIN = 42;
  private static final float WIDTH = PAPER.getWidth() - 2 * MARGIN;

  /** Nothing but the footer lies below. */
  private static final float BOTTOM = 46;

  private static final float GAP = 14;
  private static final float PICTURE_WIDTH = (WIDTH - GAP) / 2;

  /** The legend of the heatmap's colours: its width with a gap before it, and its colours. */
  private static final float SCALE = 116;

  private static final int STEPS = 20;
  private static final float LEADING = 1.35f;
  private static final float SMALL = 7.5f;
  private static final float KEY_WIDTH = 96;

  /** Where the columns of the table begin. */
  private static final float PROBABILITY = 212;

  private static final float BAR = 258;
  private static final float BAR_WIDTH = 58;
  private static final float THRESHOLD = 336;
  private static final float AIM = 380;
  private static final float READING = 452;

  /** Numbers end so far behind the beginning of their column. */
  private static final float NUMBER = 36;

  private static final float LABEL_WIDTH = PROBABILITY - 46;

  /** Gray and the colours of the notice and of the bars. */
  private static final float INK = 0.1f;

  private static final float PALE_INK = 0.42f;
  private static final float LINE = 0.8f;
  private static final float[] NOTICE_PAPER = {1, 0.953f, 0.878f};
  private static final float[] NOTICE_INK = {0.6f, 0.2f, 0.05f};
  private static final float[] BAR_INK = {0.16f, 0.4f, 0.6f};

  /** What is tried, in this order, until all is on one page: height of pictures, size of text. */
  private static final float[][] SIZES = {
    {300, 9},
    {250, 9},
    {250, 8.5f},
    {220, 8.5f},
    {220, 8},
    {190, 8},
    {190, 7.5f},
    {160, 7.5f},
    {160, 7},
    {140, 7},
    {140, 6.5f}
  };

  /** Where it takes more pages anyway. */
  private static final float[] OVERFLOWING = {220, 8.5f};

  private final Findings findings;
  private final ResultContext context;
  private final PDDocument document;
  private final PageText text;
  private PDPageContentStream page;
  private float y;

  private ReportPages(Findings findings, PDDocument document) throws IOException {
    this.findings = findings;
    this.context = findings.context();
    this.document = document;
    this.text = PageText.embed(document);
    this.page = nextPage();
  }

  /** The bytes of the document. */
  static byte[] of(Findings findings) {
    try (PDDocument document = new PDDocument()) {
      ReportPages pages = new ReportPages(findings, document);
      pages.write();
      pages.describe();
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      // Without object streams, which old readers of archives may not know.
      document.save(bytes, CompressParameters.NO_COMPRESSION);
      return bytes.toByteArray();
    } catch (IOException e) {
      throw new UncheckedIOException("A document in memory could not be written", e);
    }
  }

  private void describe() {
    PDDocumentInformation information = document.getDocumentInformation();
    information.setTitle(TITLE);
    information.setSubject(Prediction.NOTICE);
    information.setCreator(ResultContext.MANUFACTURER);
    GregorianCalendar created =
        new GregorianCalendar(TimeZone.getTimeZone(ZoneOffset.UTC), Locale.ROOT);
    created.setTimeInMillis(context.created().toEpochMilli());
    information.setCreationDate(created);
    information.setModificationDate(created);
    document.getDocumentCatalog().setLanguage("en");
    // Else it would be made of the time of writing.
    String uid = context.resultUid(EncapsulatedPdf.KIND);
    document.setDocumentId(new BigInteger(uid.substring(uid.lastIndexOf('.') + 1)).longValue());
  }

  private void write() throws IOException {
    List<Detail> details = details();
    float detailHeight = 0;
    for (Detail detail : details) {
      detailHeight += detail.lines().size() * SMALL * LEADING;
    }
    List<String> explanation = text.wrap(ReportDetails.explanation(findings), SMALL, WIDTH);
    float tail = 2 * GAP + detailHeight + explanation.size() * SMALL * LEADING;
    heading();
    float[] sizes = OVERFLOWING;
    for (float[] size : SIZES) {
      float table = (rows(size[1]).size() + 1) * size[1] * LEADING + 2 * GAP;
      if (y - pictureHeight(size[0]) - SMALL * LEADING - table - tail >= BOTTOM) {
        sizes = size;
        break;
      }
    }
    pictures(pictureHeight(sizes[0]));
    table(rows(sizes[1]), sizes[1]);
    if (y - tail < BOTTOM) {
      turnPage();
    }
    y -= GAP;
    for (Detail detail : details) {
      for (int i = 0; i < detail.lines().size(); i++) {
        if (y - SMALL * LEADING < BOTTOM) {
          turnPage();
        }
        y -= SMALL * LEADING;
        if (i == 0) {
          draw(detail.key(), MARGIN, SMALL, false, PALE_INK);
        }
        draw(detail.lines().get(i), MARGIN + KEY_WIDTH, SMALL, false, INK);
      }
    }
    y -= GAP / 2;
    for (String line : explanation) {
      y -= SMALL * LEADING;
      draw(line, MARGIN, SMALL, false, INK);
    }
    page.close();
    footers();
  }

  private PDPageContentStream nextPage() throws IOException {
    PDPage next = new PDPage(PAPER);
    document.addPage(next);
    y = PAPER.getHeight() - MARGIN;
    return new PDPageContentStream(document, next);
  }

  private void turnPage() throws IOException {
    page.close();
    page = nextPage();
    notice();
  }

  private void draw(String line, float left, float size, boolean bold, float gray)
      throws IOException {
    page.setNonStrokingColor(gray);
    page.setStrokingColor(gray);
    text.draw(page, line, left, y, size, bold);
  }

  private void drawEndingAt(float right, String line, float size, boolean bold) throws IOException {
    draw(line, right - text.width(line, size), size, bold, INK);
  }

  private void heading() throws IOException {
    y -= 14;
    draw(TITLE, MARGIN, 17, true, INK);
    y -= 10;
    notice();
  }

  private void notice() throws IOException {
    float height = 26;
    float size = 12;
    y -= height;
    page.setNonStrokingColor(NOTICE_PAPER[0], NOTICE_PAPER[1], NOTICE_PAPER[2]);
    page.addRect(MARGIN, y, WIDTH, height);
    page.fill();
    page.setNonStrokingColor(NOTICE_INK[0], NOTICE_INK[1], NOTICE_INK[2]);
    page.setStrokingColor(NOTICE_INK[0], NOTICE_INK[1], NOTICE_INK[2]);
    page.addRect(MARGIN, y, 4, height);
    page.fill();
    text.draw(page, Prediction.NOTICE, MARGIN + 14, y + 9, size, true);
    y -= GAP;
  }

  /** The height of pictures that may be so high, and are as wide as half a page at most. */
  private float pictureHeight(float most) {
    return Math.min(
        most, PICTURE_WIDTH * findings.radiograph().rows() / findings.radiograph().columns());
  }

  private void pictures(float height) throws IOException {
    Radiograph radiograph = findings.radiograph();
    float width = height * radiograph.columns() / radiograph.rows();
    float right = MARGIN + PICTURE_WIDTH + GAP;
    ReportPictures pictures = ReportPictures.of(findings);
    y -= height;
    page.drawImage(pictures.grayImage(document), MARGIN, y, width, height);
    page.drawImage(pictures.overlayImage(document), right, y, width, height);
    for (float left : new float[] {MARGIN, right}) {
      page.setStrokingColor(LINE);
      page.setLineWidth(0.4f);
      page.addRect(left, y, width, height);
      page.stroke();
    }
    outline(right, width, height);
    y -= SMALL * LEADING;
    Heatmap heatmap = findings.explanation().heatmap();
    draw("Radiograph", MARGIN, SMALL, false, PALE_INK);
    String caption = "Heatmap for " + heatmap.label();
    // A longer label is in the text below.
    boolean fits = text.width(caption, SMALL) <= PICTURE_WIDTH - SCALE;
    draw(fits ? caption : "Heatmap", right, SMALL, false, PALE_INK);
    scale();
  }

  /** The colours from the least value to the greatest. */
  private void scale() throws IOException {
    float step = 3;
    float bar = MARGIN + WIDTH - text.width(" most", SMALL) - STEPS * step;
    float left = bar - text.width("least ", SMALL);
    draw("least", left, SMALL, false, PALE_INK);
    for (int i = 0; i < STEPS; i++) {
      int colour = ReportPictures.COLOURS.rgb(i / (STEPS - 1f));
      page.setNonStrokingColor(
          (colour >> 16) / 255f, (colour >> 8 & 0xff) / 255f, (colour & 0xff) / 255f);
      page.addRect(bar + i * step, y, step, SMALL * 0.7f);
      page.fill();
    }
    draw(" most", bar + STEPS * step, SMALL, false, PALE_INK);
  }

  /** The region of {@link HeatmapOutline}: white with a dark rim, to be seen on any colour. */
  private void outline(float left, float width, float height) throws IOException {
    Optional<List<HeatmapOutline.Point>> points =
        HeatmapOutline.of(findings.explanation().heatmap());
    if (points.isEmpty()) {
      return;
    }
    float scale = width / findings.radiograph().columns();
    page.setLineJoinStyle(1);
    for (float[] pen : new float[][] {{0, 2}, {1, 0.8f}}) {
      page.setStrokingColor(pen[0]);
      page.setLineWidth(pen[1]);
      boolean first = true;
      for (HeatmapOutline.Point point : points.get()) {
        float x = left + scale * point.column();
        float down = y + height - scale * point.row();
        if (first) {
          page.moveTo(x, down);
        } else {
          page.lineTo(x, down);
        }
        first = false;
      }
      page.closeAndStroke();
    }
  }

  private List<ReportRow> rows(float size) {
    return ReportRow.of(findings, text, size, LABEL_WIDTH);
  }

  private void table(List<ReportRow> rows, float size) throws IOException {
    y -= GAP;
    columns(size);
    for (int i = 0; i < rows.size(); i++) {
      ReportRow row = rows.get(i);
      float needed = (row.isFirst() ? ReportRow.together(rows, i) : 1) * size * LEADING;
      if (y - needed < BOTTOM) {
        turnPage();
        columns(size);
      }
      if (row.isFirst()) {
        rule(y, LINE, 0.4f);
      }
      y -= size * LEADING;
      float base = y;
      y += size * (LEADING - 1);
      draw(row.label(), MARGIN, size, false, INK);
      if (row.probability().isPresent()) {
        drawEndingAt(MARGIN + PROBABILITY + NUMBER, row.value(), size, false);
        bar(row.probability().get(), size);
      } else {
        draw(row.value(), MARGIN + PROBABILITY, size, false, INK);
      }
      if (!row.threshold().isEmpty()) {
        if (row.aim().isEmpty()) {
          draw(row.threshold(), MARGIN + THRESHOLD + 8, size, false, PALE_INK);
        } else {
          drawEndingAt(MARGIN + THRESHOLD + NUMBER, row.threshold(), size, false);
        }
      }
      draw(row.aim(), MARGIN + AIM, size, false, INK);
      draw(row.reading(), MARGIN + READING, size, false, INK);
      y = base;
    }
    rule(y, LINE, 0.4f);
  }

  private void columns(float size) throws IOException {
    y -= size * LEADING;
    float base = y;
    y += size * (LEADING - 1) + 1;
    boolean measured = findings.prediction().task() == Task.Kind.MEASUREMENTS;
    if (measured) {
      draw("Measurement", MARGIN, size, true, INK);
      draw("Value", MARGIN + PROBABILITY, size, true, INK);
      draw("Plausible", MARGIN + AIM, size, true, INK);
      draw("Value is", MARGIN + READING, size, true, INK);
    } else {
      draw("Label", MARGIN, size, true, INK);
      drawEndingAt(MARGIN + PROBABILITY + NUMBER, "Probability", size, true);
      drawEndingAt(MARGIN + THRESHOLD + NUMBER, "Threshold", size, true);
      draw("Set for", MARGIN + AIM, size, true, INK);
      draw("Probability is", MARGIN + READING, size, true, INK);
    }
    y = base;
  }

  private void bar(double share, float size) throws IOException {
    float height = size * 0.6f;
    page.setNonStrokingColor(0.92f);
    page.addRect(MARGIN + BAR, y, BAR_WIDTH, height);
    page.fill();
    page.setNonStrokingColor(BAR_INK[0], BAR_INK[1], BAR_INK[2]);
    page.addRect(MARGIN + BAR, y, (float) (BAR_WIDTH * share), height);
    page.fill();
  }

  private void rule(float at, float gray, float width) throws IOException {
    page.setStrokingColor(gray);
    page.setLineWidth(width);
    page.moveTo(MARGIN, at);
    page.lineTo(MARGIN + WIDTH, at);
    page.stroke();
  }

  /** A fact with its value, broken into lines. */
  private record Detail(String key, List<String> lines) {}

  private List<Detail> details() {
    return ReportDetails.of(findings).stream()
        .map(one -> new Detail(one.key(), text.wrap(one.value(), SMALL, WIDTH - KEY_WIDTH)))
        .toList();
  }

  private void footers() throws IOException {
    int pages = document.getNumberOfPages();
    y = 26;
    for (int i = 0; i < pages; i++) {
      page =
          new PDPageContentStream(
              document, document.getPage(i), PDPageContentStream.AppendMode.APPEND, true, true);
      rule(y + 12, LINE, 0.4f);
      draw(ResultContext.MANUFACTURER + ". " + Prediction.NOTICE, MARGIN, 7, false, PALE_INK);
      String number = "Page " + (i + 1) + " of " + pages;
      draw(number, MARGIN + WIDTH - text.width(number, 7), 7, false, PALE_INK);
      page.close();
    }
  }
}
