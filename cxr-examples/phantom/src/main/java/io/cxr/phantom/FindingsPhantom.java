package io.cxr.phantom;

import static io.cxr.phantom.ChestAnatomy.between;
import static io.cxr.phantom.ChestAnatomy.gaussian;
import static io.cxr.phantom.ChestAnatomy.inside;
import static io.cxr.phantom.ChestAnatomy.square;

import io.cxr.radiograph.Radiograph;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * Draws synthetic frontal chest phantoms with any of fourteen {@linkplain PlantedFinding planted
 * findings}, and writes them with a table as that of ChestX-ray14 (Wang et al., CVPR 2017): several
 * films a patient, findings joined by a bar, images in several folders. They do not depict a
 * patient: a model trained on them knows nothing about disease.
 */
public final class FindingsPhantom {
  /** The name of the table that {@link #writeTable} writes. */
  public static final String TABLE = "Data_Entry.csv";

  /** The name of the table of places that {@link #writeTable} writes. */
  public static final String BOXES = "boxes.csv";

  private static final String NO_FINDING = "No Finding";
  private static final int AT_MOST_OF_PATIENT = 4;
  private static final int FOLDERS = 2;

  private final Radiograph film;
  private final List<Place> places;

  private FindingsPhantom(Radiograph film, List<Place> places) {
    this.film = film;
    this.places = List.copyOf(places);
  }

  /**
   * Where a finding is, in fractions of the image's width and height.
   *
   * @param finding a finding that is at one place
   * @param left the left side, 0 at the left
   * @param top the upper side, 0 at the top
   * @param width the width
   * @param height the height
   */
  public record Place(
      PlantedFinding finding, double left, double top, double width, double height) {}

  /**
   * Draws one phantom.
   *
   * @param findings what is planted; may be empty
   * @param seed any number; the same one gives the same pixels
   * @param size rows and columns, at least 1
   * @return a square film of 8 bits, and where its findings are
   */
  public static FindingsPhantom draw(Set<PlantedFinding> findings, long seed, int size) {
    SplittableRandom random = new SplittableRandom(seed);
    ChestAnatomy anatomy = new ChestAnatomy(random);
    Marks marks = new Marks(anatomy, findings, random.split());
    byte[] pixels = new byte[size * size];
    for (int row = 0; row < size; row++) {
      double y = (row + 0.5) / size;
      for (int column = 0; column < size; column++) {
        double x = (column + 0.5) / size;
        double density = marks.density(x, y) * anatomy.exposure() + 5 * gaussian(random);
        pixels[row * size + column] = ChestAnatomy.pixel(density);
      }
    }
    return new FindingsPhantom(Radiograph.ofGray8(size, size, pixels), marks.places());
  }

  /**
   * The film.
   *
   * @return a square of 8 bits
   */
  public Radiograph film() {
    return film;
  }

  /**
   * Where the findings are that are at one place.
   *
   * @return in no particular order
   */
  public List<Place> places() {
    return places;
  }

  /**
   * Writes a data set: PNG files in the folders {@code images_001/images} and {@code
   * images_002/images}, {@value #TABLE} with the header of ChestX-ray14, and {@value #BOXES} with
   * the columns {@code file,finding,left,top,width,height}. Patients have one film to four, of the
   * same body and mostly with the same findings.
   *
   * @param folder the folder, created when needed
   * @param films how many films
   * @param size rows and columns of each
   * @param seed the seed of the whole set
   * @throws IOException if a file cannot be written
   */
  public static void writeTable(Path folder, int films, int size, long seed) throws IOException {
    SplittableRandom random = new SplittableRandom(seed);
    List<String> rows = new ArrayList<>();
    rows.add(
        "Image Index,Finding Labels,Follow-up #,Patient ID,Patient Age,Patient Gender,"
            + "View Position");
    List<String> boxes = new ArrayList<>(List.of("file,finding,left,top,width,height"));
    List<Path> folders = new ArrayList<>();
    for (int i = 1; i <= FOLDERS; i++) {
      folders.add(
          Files.createDirectories(
              folder.resolve(String.format(Locale.ROOT, "images_%03d/images", i))));
    }
    int written = 0;
    for (int patient = 1; written < films; patient++) {
      Set<PlantedFinding> usual = chosen(random);
      int count = 1 + random.nextInt(AT_MOST_OF_PATIENT);
      int age = 20 + random.nextInt(60);
      char sex = random.nextBoolean() ? 'F' : 'M';
      for (int film = 0; film < count && written < films; film++) {
        // Some findings come and go.
        Set<PlantedFinding> findings = EnumSet.noneOf(PlantedFinding.class);
        for (PlantedFinding finding : usual) {
          if (random.nextInt(5) > 0) {
            findings.add(finding);
          }
        }
        String file = String.format(Locale.ROOT, "%08d_%03d.png", patient, film);
        FindingsPhantom drawn = draw(findings, random.nextLong(), size);
        drawn.film().writePng(folders.get(written * FOLDERS / films).resolve(file));
        rows.add(
            String.join(
                ",",
                file,
                listed(findings),
                String.valueOf(film),
                String.valueOf(patient),
                String.valueOf(age),
                String.valueOf(sex),
                "PA"));
        for (Place place : drawn.places()) {
          boxes.add(
              String.format(
                  Locale.ROOT,
                  "%s,%s,%.4f,%.4f,%.4f,%.4f",
                  file,
                  place.finding().label(),
                  place.left(),
                  place.top(),
                  place.width(),
                  place.height()));
        }
        written++;
      }
    }
    SyntheticChestPhantom.write(folder.resolve(TABLE), rows);
    SyntheticChestPhantom.write(folder.resolve(BOXES), boxes);
  }

  private static Set<PlantedFinding> chosen(SplittableRandom random) {
    Set<PlantedFinding> chosen = EnumSet.noneOf(PlantedFinding.class);
    for (PlantedFinding finding : PlantedFinding.values()) {
      if (random.nextDouble() < finding.frequency()) {
        chosen.add(finding);
      }
    }
    if (chosen.contains(PlantedFinding.BRIGHT_LUNGS)) {
      // Lungs are not both.
      chosen.remove(PlantedFinding.DARK_LUNGS);
    }
    return chosen;
  }

  private static String listed(Set<PlantedFinding> findings) {
    return findings.isEmpty()
        ? NO_FINDING
        : String.join("|", findings.stream().map(PlantedFinding::label).toList());
  }

  /** The planted findings of one film. */
  private static final class Marks {
    private final ChestAnatomy anatomy;
    private final Set<PlantedFinding> findings;
    private final List<Place> places = new ArrayList<>();
    private final List<Mark> marks = new ArrayList<>();

    /** What a mark adds to the density of a place. */
    private interface Mark {
      double at(double x, double y, double lung);
    }

    Marks(ChestAnatomy anatomy, Set<PlantedFinding> findings, SplittableRandom random) {
      this.anatomy = anatomy;
      this.findings = findings;
      for (PlantedFinding finding : PlantedFinding.values()) {
        // A generator each, so that one finding does not move another.
        SplittableRandom own = random.split();
        if (findings.contains(finding)) {
          marks.add(mark(finding, own));
        }
      }
    }

    List<Place> places() {
      return places;
    }

    double density(double x, double y) {
      double lung = anatomy.lung(x, y);
      double heart = findings.contains(PlantedFinding.WIDE_HEART) ? 1.7 : 1;
      double density = anatomy.density(x, y, lung, heart);
      for (Mark mark : marks) {
        density += mark.at(x, y, lung);
      }
      return density;
    }

    private Mark mark(PlantedFinding finding, SplittableRandom random) {
      return switch (finding) {
        case UPPER_LEFT_CLOUD -> cloud(finding, -1, -0.5, random);
        case UPPER_RIGHT_CLOUD -> cloud(finding, 1, -0.5, random);
        case LOWER_LEFT_CLOUD -> cloud(finding, -1, 0.3, random);
        case MIDDLE_RIGHT_CLOUD -> cloud(finding, 1, 0, random);
        case FILLED_LEFT_BASE -> filled(finding, -1, random);
        case FILLED_RIGHT_BASE -> filled(finding, 1, random);
        case DARK_LEFT_RIM -> rim(finding, -1, random);
        case DARK_RIGHT_RIM -> rim(finding, 1, random);
        case WIDE_HEART -> heart(finding);
        case DARK_LUNGS -> everywhere(-22 - between(random, 0, 8));
        case BRIGHT_LUNGS -> everywhere(30 + between(random, 0, 15));
        case FINE_LINES -> lines(random);
        case RING -> ring(finding, random);
        case TUBE -> tube(finding, random);
      };
    }

    private void at(PlantedFinding finding, double x, double y, double halfX, double halfY) {
      double left = Math.max(0, x - halfX);
      double top = Math.max(0, y - halfY);
      places.add(
          new Place(
              finding, left, top, Math.min(1, x + halfX) - left, Math.min(1, y + halfY) - top));
    }

    private Mark cloud(PlantedFinding finding, int side, double level, SplittableRandom random) {
      double centreX =
          anatomy.centre() + side * (anatomy.lungOffset() + between(random, -0.03, 0.03));
      double centreY =
          anatomy.lungMiddle() + anatomy.lungHeight() * (level + between(random, -0.1, 0.1));
      double size = between(random, 0.06, 0.09);
      double density = between(random, 60, 95);
      at(finding, centreX, centreY, 1.5 * size, 1.5 * size);
      return (x, y, lung) ->
          density * lung * Math.exp(-square((x - centreX) / size) - square((y - centreY) / size));
    }

    private Mark filled(PlantedFinding finding, int side, SplittableRandom random) {
      double level = anatomy.bottom() - anatomy.lungHeight() * between(random, 0.25, 0.45);
      double centreX = anatomy.centre() + side * anatomy.lungOffset();
      at(
          finding,
          centreX,
          (level + anatomy.bottom()) / 2,
          anatomy.lungWidth(),
          (anatomy.bottom() - level) / 2 + 0.03);
      return (x, y, lung) ->
          anatomy.side(x) == side ? 90 * lung / (1 + Math.exp((level - y) / 0.012)) : 0;
    }

    private Mark rim(PlantedFinding finding, int side, SplittableRandom random) {
      double edge =
          anatomy.centre()
              + side * (anatomy.lungOffset() + anatomy.lungWidth() * between(random, 0.35, 0.5));
      double outer = anatomy.centre() + side * (anatomy.lungOffset() + anatomy.lungWidth());
      at(
          finding,
          (edge + outer) / 2,
          anatomy.lungMiddle(),
          Math.abs(outer - edge) / 2 + 0.02,
          0.8 * anatomy.lungHeight());
      // A bright edge, and nothing of the lung outside it.
      return (x, y, lung) -> {
        double beyond = side * (x - edge);
        double line = 35 * Math.exp(-square(beyond / 0.006));
        return lung * (line - (beyond > 0 ? 28 : 0));
      };
    }

    private Mark heart(PlantedFinding finding) {
      at(finding, anatomy.centre() + 0.1, anatomy.bottom() - 0.13, 0.17, 0.17);
      return (x, y, lung) -> 0;
    }

    private static Mark everywhere(double density) {
      return (x, y, lung) -> density * lung;
    }

    private static Mark lines(SplittableRandom random) {
      double angle = between(random, 0.7, 1.2);
      double pitch = between(random, 0.028, 0.034);
      double along = Math.cos(angle) / pitch;
      double down = Math.sin(angle) / pitch;
      return (x, y, lung) -> 26 * lung * Math.sin(2 * Math.PI * (x * along + y * down));
    }

    private Mark ring(PlantedFinding finding, SplittableRandom random) {
      int side = random.nextBoolean() ? 1 : -1;
      double centreX =
          anatomy.centre() + side * (anatomy.lungOffset() + between(random, -0.04, 0.04));
      double centreY = anatomy.lungMiddle() + anatomy.lungHeight() * between(random, -0.5, 0.4);
      double radius = between(random, 0.045, 0.06);
      at(finding, centreX, centreY, 1.4 * radius, 1.4 * radius);
      return (x, y, lung) -> {
        double distance = Math.sqrt(square(x - centreX) + square(y - centreY));
        return 110 * Math.exp(-square((distance - radius) / 0.012)) * Math.max(0.3, lung);
      };
    }

    private Mark tube(PlantedFinding finding, SplittableRandom random) {
      double end = between(random, 0.38, 0.5);
      double lean = between(random, 0.02, 0.06);
      double start = anatomy.centre() - between(random, 0.05, 0.08);
      at(finding, start + lean * end / 2, end / 2, 0.05, end / 2);
      return (x, y, lung) ->
          95 * Math.exp(-square((x - start - lean * y) / 0.008)) * inside(0, y / end, 40);
    }
  }
}
