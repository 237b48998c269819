package io.cxr.onnx;

import io.cxr.error.ModelFormatException;
import io.cxr.model.LungCard;
import io.cxr.model.ModelCard;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Looks through a model file before ONNX Runtime sees it, and refuses what a classifier never needs
 * and an attacker may: data in other files, loops and functions, operators that ONNX Runtime does
 * not bring along, tensors that are larger than their bytes or than 2 GiB, constant shapes that
 * would ask for such memory, absurd numbers of parts or depths of nesting, and cards that hold
 * markup or control characters. Every message says what was found and what to do.
 *
 * <p>It reads the wire format of protocol buffers (ONNX Intermediate Representation, {@code
 * onnx.proto}) without copying or allocating by what the file says; weights are skipped, so that a
 * file of 100 MB takes about a millisecond. It does not prove that running a graph is cheap: {@code
 * SECURITY.md} says what is left to the operating system.
 *
 * <p>{@link OnnxClassifier}, {@link LungFinder} and {@link FeatureExtractor} ask it about every
 * file. Stateless and thread-safe.
 */
public final class ModelScan {
  /** Parts of a file: nodes, names, attributes. The largest networks that we know have 50,000. */
  private static final int MOST_PARTS = 4_000_000;

  private static final int MOST_NODES = 100_000;
  private static final int MOST_WEIGHTS = 100_000;
  private static final int MOST_ENTRIES = 1_000;
  private static final int LONGEST_ENTRY = 16 << 20;

  /** Of conditions in conditions, and of types in types. */
  private static final int DEEPEST = 4;

  private static final long LARGEST_TENSOR = Integer.MAX_VALUE;

  /** Of pads, strides and kernels. */
  private static final long WIDEST_WINDOW = 1 << 16;

  /** How often a tile may repeat its input. */
  private static final long MOST_REPEATS = 1 << 20;

  /** How many sizes a shape has at most, to be looked at. */
  private static final int MOST_SIZES = 16;

  private static final int SHOWN = 80;

  /** ONNX's own, and what every build of ONNX Runtime brings along. */
  private static final Set<String> DOMAINS = Set.of("", "ai.onnx", "ai.onnx.ml", "com.microsoft");

  private static final Set<String> WINDOWS =
      Set.of("pads", "kernel_shape", "strides", "dilations", "output_padding", "output_shape");

  /** By the number of an element type in {@code TensorProto.DataType}, bits an element; 0: text. */
  private static final int[] BITS = {
    -1, 32, 8, 8, 16, 16, 32, 64, 0, 8, 16, 64, 32, 64, 64, 128, 16, 8, 8, 8, 8, 4, 4, 4, 8, 2, 2
  };

  private static final int STRINGS = 8;
  private static final int INT64 = 7;

  private final byte[] model;
  private final String origin;
  private int parts;
  private int nodes;
  private int weights;

  private ModelScan(byte[] model, String origin) {
    this.model = model;
    this.origin = origin;
  }

  /**
   * Looks through a model.
   *
   * @param model the bytes of a file; not changed meanwhile
   * @param origin how messages name it, such as {@code Model covid.onnx}
   * @throws ModelFormatException if it is no ONNX model, or has what is refused
   */
  public static void check(byte[] model, String origin) {
    ModelScan scan = new ModelScan(model, origin);
    scan.requireOnnx();
    try {
      scan.model();
    } catch (IllegalArgumentException e) {
      // Of FieldCursor: no message.
      throw new ModelFormatException(
          origin
              + ": expected a whole ONNX model, found "
              + e.getMessage()
              + ". Copy or export it again.",
          e);
    }
  }

  /**
   * One entry of a model's metadata, without running it.
   *
   * @param model the bytes of a file that passed {@link #check}
   * @param key the entry's key
   * @return its text; empty if there is none
   */
  public static Optional<String> metadata(byte[] model, String key) {
    FieldCursor field = new FieldCursor(model, 0, model.length);
    Optional<String> found = Optional.empty();
    while (field.advance()) {
      if (field.isBytes(14)) {
        String name = "";
        String text = "";
        FieldCursor entry = field.inside();
        while (entry.advance()) {
          if (entry.isBytes(1)) {
            name = new String(model, entry.from, entry.length(), StandardCharsets.UTF_8);
          } else if (entry.isBytes(2)) {
            text = new String(model, entry.from, entry.length(), StandardCharsets.UTF_8);
          }
        }
        found = name.equals(key) ? Optional.of(text) : found;
      }
    }
    return found;
  }

  // What is no ONNX ------------------------------------------------------------------------------

  private void requireOnnx() {
    String found = null;
    if (startsWith(0, "PK\3\4")) {
      found =
          "a ZIP archive, as PyTorch's .pt and Keras' .keras files are. Unpack it, or export it";
    } else if (startsWith(0, "\u0089HDF")) {
      found = "an HDF5 file, as Keras' .h5 files are. Export it";
    } else if (startsWith(0, "\u001f\u008b")) {
      found = "a gzip archive. Unpack it, or export the network";
    } else if (startsWith(4, "ORTM")) {
      found = "a model in ONNX Runtime's own format. Export it";
    } else if (startsWith(4, "TFL3")) {
      found = "a TensorFlow Lite model. Export it";
    } else if (startsWith(0, "version https://git-lfs")) {
      found = "a pointer of Git LFS in its place. Fetch the file with git lfs pull, or export it";
    } else if (startsWith(0, "<")) {
      found = "a web page or another text. Download the file itself, or export it";
    }
    if (found != null) {
      throw new ModelFormatException(
          origin + ": expected a whole ONNX model, found " + found + " as ONNX.");
    }
  }

  private boolean startsWith(int at, String start) {
    if (model.length < at + start.length()) {
      return false;
    }
    for (int i = 0; i < start.length(); i++) {
      if ((model[at + i] & 0xff) != start.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  // ModelProto -----------------------------------------------------------------------------------

  private void model() {
    FieldCursor field = new FieldCursor(model, 0, model.length);
    int graphs = 0;
    int entries = 0;
    while (next(field)) {
      if (field.isBytes(7)) {
        graphs++;
        graph(field.inside(), Map.of(), 0);
      } else if (field.isBytes(14)) {
        entries++;
        metadata(field.inside());
      } else if (field.isBytes(20)) {
        throw refusal("a network to be run", "one with training information", "Export it without");
      } else if (field.isBytes(25)) {
        throw refusal(
            "operators of ONNX alone",
            "a function of the file's own",
            "Inline functions with onnx.inliner");
      }
    }
    if (graphs > 1) {
      throw refusal("one graph", graphs + "", "Export it again");
    }
    if (entries > MOST_ENTRIES) {
      throw refusal(
          "at most " + MOST_ENTRIES + " entries of metadata", entries + "", "Export it without");
    }
  }

  /** Counts, so that no file keeps us busy. */
  private boolean next(FieldCursor field) {
    parts++;
    if (parts > MOST_PARTS) {
      throw refusal("at most " + MOST_PARTS + " parts", "more", "Export a smaller network");
    }
    return field.advance();
  }

  private void metadata(FieldCursor entry) {
    String key = "";
    int from = 0;
    int to = 0;
    while (next(entry)) {
      if (entry.isBytes(1)) {
        key = text(entry, ModelCard.METADATA_KEY.length() + LungCard.METADATA_KEY.length());
      } else if (entry.isBytes(2)) {
        from = entry.from;
        to = entry.to;
      }
    }
    if (to - from > LONGEST_ENTRY) {
      throw refusal(
          "entries of metadata of at most " + LONGEST_ENTRY + " bytes",
          (to - from) + " in '" + shown(key) + "'",
          "Export it without");
    }
    if (key.equals(ModelCard.METADATA_KEY) || key.equals(LungCard.METADATA_KEY)) {
      CardScan.check(new String(model, from, to - from, StandardCharsets.UTF_8), origin);
    }
  }

  // GraphProto -----------------------------------------------------------------------------------

  private void graph(FieldCursor field, Map<String, long[]> outer, int depth) {
    if (depth > DEEPEST) {
      throw refusal(
          "conditions nested " + DEEPEST + " deep at most", "deeper ones", "Export it without");
    }
    FieldCursor again = field.copy();
    Map<String, long[]> shapes = new HashMap<>(outer);
    while (next(field)) {
      if (field.isBytes(5)) {
        weights++;
        if (weights > MOST_WEIGHTS) {
          throw refusal("at most " + MOST_WEIGHTS + " weights", "more", "Export a smaller network");
        }
        tensor(field.inside(), null, shapes);
      } else if (field.isBytes(15)) {
        throw refusal("dense weights", "sparse ones", "Export it with dense ones");
      } else if (field.isBytes(11)) {
        value(field.inside(), true);
      } else if (field.isBytes(12) || field.isBytes(13)) {
        value(field.inside(), false);
      }
    }
    while (next(again)) {
      if (again.isBytes(1)) {
        nodes++;
        if (nodes > MOST_NODES) {
          throw refusal("at most " + MOST_NODES + " nodes", "more", "Export a smaller network");
        }
        new Node(again, shapes, depth).check();
      }
    }
  }

  // NodeProto ------------------------------------------------------------------------------------

  private final class Node {
    private final FieldCursor node;
    private final Map<String, long[]> shapes;
    private final int depth;
    private String operator = "";
    private String domain = "";
    private String result = "";
    private final String[] inputs = {"", "", "", ""};

    Node(FieldCursor node, Map<String, long[]> shapes, int depth) {
      this.node = node;
      this.shapes = shapes;
      this.depth = depth;
    }

    void check() {
      FieldCursor field = node.inside();
      int input = 0;
      int output = 0;
      while (next(field)) {
        if (field.isBytes(4)) {
          operator = text(field, SHOWN);
        } else if (field.isBytes(7)) {
          domain = text(field, SHOWN);
          requireDomain();
        } else if (field.isBytes(1)) {
          if (input < inputs.length) {
            inputs[input] = text(field, Integer.MAX_VALUE);
          }
          input++;
        } else if (field.isBytes(2)) {
          if (output == 0) {
            result = text(field, Integer.MAX_VALUE);
          }
          output++;
        }
      }
      requireDomain();
      if (operator.equals("EPContext")) {
        throw refusal(
            "a whole network", "an EPContext node, which reads other files", "Export it without");
      }
      field = node.inside();
      while (next(field)) {
        if (field.isBytes(5)) {
          attribute(field.inside());
        }
      }
      switch (operator) {
        case "ConstantOfShape" -> requireRoom(0, LARGEST_TENSOR / Float.BYTES);
        case "Expand", "Reshape" -> requireRoom(1, LARGEST_TENSOR / Float.BYTES);
        case "Resize" -> requireRoom(3, LARGEST_TENSOR / Float.BYTES);
        case "Tile" -> requireRoom(1, MOST_REPEATS);
        case "Pad" -> requireWindow(shapes.get(inputs[1]), "pads");
        default -> {
          // Their results are about as large as what they take.
        }
      }
    }

    private void requireDomain() {
      if (!DOMAINS.contains(domain)) {
        throw refusal(
            "operators that ONNX Runtime brings along",
            "'" + shown(domain) + "." + shown(operator) + "'",
            "Export it without operators of its own");
      }
    }

    private void requireRoom(int input, long most) {
      long[] sizes = shapes.get(inputs[input]);
      double product = 1;
      for (int i = 0; sizes != null && i < sizes.length; i++) {
        product *= Math.max(1, (double) sizes[i]);
      }
      if (product > most) {
        throw refusal(
            "values of at most 2 GiB",
            String.format(Locale.ROOT, "%.0f values made by %s", product, shown(operator)),
            "Export it again, and do not use the file if you do not know who made it");
      }
    }

    private void requireWindow(long @Nullable [] sizes, String name) {
      for (int i = 0; sizes != null && i < sizes.length; i++) {
        if (sizes[i] > WIDEST_WINDOW || sizes[i] < -WIDEST_WINDOW) {
          throw refusal(
              "windows and pads of at most " + WIDEST_WINDOW,
              name + " of " + sizes[i] + " in a " + shown(operator),
              "Export it again, and do not use the file if you do not know who made it");
        }
      }
    }

    // AttributeProto.

    private void attribute(FieldCursor field) {
      FieldCursor again = field.copy();
      String name = "";
      while (next(field)) {
        if (field.isBytes(1)) {
          name = text(field, SHOWN);
        }
      }
      boolean window = WINDOWS.contains(name);
      int tensors = 0;
      while (next(again)) {
        if (again.isBytes(5) || again.isBytes(10)) {
          tensors += again.number == 5 ? 1 : 0;
          if (tensors > 1) {
            // The runtime would take their parts for one.
            throw new IllegalArgumentException("a value '" + shown(name) + "' that is there twice");
          }
          tensor(again.inside(), operator.equals("Constant") ? result : null, shapes);
        } else if (again.isBytes(6) || again.isBytes(11)) {
          subgraph(again);
        } else if (again.isBytes(22) || again.isBytes(23)) {
          throw refusal("dense weights", "sparse ones", "Export it with dense ones");
        } else if (again.isBytes(14) || again.isBytes(15)) {
          type(again.inside(), 0);
        } else if (again.number == 8 || again.number == 3) {
          integers(again, name, window);
        }
      }
    }

    private void integers(FieldCursor field, String name, boolean window) {
      boolean shape = operator.equals("Constant") && name.equals("value_ints");
      if (!window && !shape) {
        return;
      }
      // One at a time or packed; either way few are looked at.
      long[] values =
          field.kind == FieldCursor.BYTES
              ? varints(field, MOST_SIZES)
              : new long[] {field.kind == FieldCursor.VARINT ? field.value : 0};
      if (window) {
        requireWindow(values, name);
      } else {
        append(shapes, result, values);
      }
    }

    private void subgraph(FieldCursor field) {
      if (!operator.equals("If") || !domainIsOnnx()) {
        throw refusal(
            "a network that runs straight from input to output",
            "a graph within a " + shown(operator.isEmpty() ? "node" : operator),
            "Export it without loops");
      }
      graph(field.inside(), shapes, depth + 1);
    }

    private boolean domainIsOnnx() {
      return domain.isEmpty() || domain.equals("ai.onnx");
    }
  }

  // TensorProto ----------------------------------------------------------------------------------

  /**
   * Looks at weights.
   *
   * @param name what a node calls them, null where they have a name of their own
   * @param shapes gets their values, where these may be a shape
   */
  private void tensor(FieldCursor field, @Nullable String name, Map<String, long[]> shapes) {
    String known = name == null ? "" : name;
    double elements = 1;
    long type = 0;
    long raw = -1;
    long typed = 0;
    long texts = 0;
    int rawFrom = 0;
    boolean elsewhere = false;
    String place = "";
    long[] integers = {};
    while (next(field)) {
      if (!isKnown(field)) {
        continue; // The runtime knows no such field, either.
      }
      switch (field.number) {
        case 1 -> elements *= product(field);
        case 2 -> type = field.value;
        case 4, 5, 7, 10, 11 -> {
          typed += field.length();
          if (field.number == 7 && integers.length < MOST_SIZES) {
            long[] more =
                field.kind == FieldCursor.BYTES
                    ? varints(field, MOST_SIZES)
                    : new long[] {field.value};
            integers = joined(integers, more);
          }
        }
        case 6 -> texts++;
        case 8 -> known = name == null ? text(field, Integer.MAX_VALUE) : known;
        case 9 -> {
          raw = field.length();
          rawFrom = field.from;
        }
        case 13 -> {
          elsewhere = true;
          place = location(field.inside()) + place;
        }
        case 14 -> elsewhere |= field.value != 0;
        default -> {
          // Names and words.
        }
      }
    }
    if (elsewhere) {
      throw refusal(
          "all weights in one file",
          "'" + shown(known) + "' in another" + (place.isEmpty() ? "" : ", '" + shown(place) + "'"),
          "Save it as one: onnx.save_model(onnx.load(FILE), OTHER, save_as_external_data=False)");
    }
    checkSize(known, type, elements, raw, typed, texts);
    if (type == INT64 && elements <= MOST_SIZES) {
      shapes.put(known, raw >= 0 ? longs(rawFrom, (int) elements) : integers);
    }
  }

  /** Whether a tensor's field is of the kind that the format gives it. */
  private static boolean isKnown(FieldCursor field) {
    return switch (field.number) {
      case 2, 14 -> field.kind == FieldCursor.VARINT;
      case 1, 5, 7, 11 -> field.kind == FieldCursor.VARINT || field.kind == FieldCursor.BYTES;
      case 4 -> field.kind == FieldCursor.FIXED32 || field.kind == FieldCursor.BYTES;
      case 10 -> field.kind == FieldCursor.FIXED64 || field.kind == FieldCursor.BYTES;
      default -> field.kind == FieldCursor.BYTES;
    };
  }

  private void checkSize(
      String name, long type, double elements, long raw, long typed, long texts) {
    if (elements == 0) {
      return;
    }
    int bits = type > 0 && type < BITS.length ? BITS[(int) type] : -1;
    if (bits < 0) {
      throw refusal(
          "weights of a type of ONNX",
          "type " + type + " in '" + shown(name) + "'",
          "Export it again");
    }
    double bytes = Math.ceil(elements * bits / 8);
    boolean fits =
        type == STRINGS ? elements == texts : raw >= 0 ? bytes == raw : elements <= typed;
    if (elements < 0 || bytes > LARGEST_TENSOR || !fits) {
      throw refusal(
          "weights as large as their bytes, and of less than 2 GiB",
          String.format(
              Locale.ROOT,
              "'%s' of %.0f values in %d bytes",
              shown(name),
              elements,
              Math.max(raw, typed)),
          "The file is damaged or made to do harm: copy or export it again");
    }
  }

  /** The sizes in a field: one at a time, or packed. A negative one makes the product negative. */
  private double product(FieldCursor field) {
    if (field.kind == FieldCursor.VARINT) {
      return field.value < 0 ? Double.NEGATIVE_INFINITY : field.value;
    }
    double product = 1;
    for (long size : field.kind == FieldCursor.BYTES ? varints(field, 1024) : new long[0]) {
      product *= size < 0 ? Double.NEGATIVE_INFINITY : size;
    }
    return product;
  }

  private String location(FieldCursor entry) {
    String key = "";
    String value = "";
    while (next(entry)) {
      if (entry.isBytes(1)) {
        key = text(entry, SHOWN);
      } else if (entry.isBytes(2)) {
        value = text(entry, SHOWN);
      }
    }
    return key.equals("location") ? value : "";
  }

  // ValueInfoProto and TypeProto -----------------------------------------------------------------

  private void value(FieldCursor field, boolean input) {
    String name = "";
    double elements = 1;
    while (next(field)) {
      if (field.isBytes(1)) {
        name = text(field, SHOWN);
      } else if (field.isBytes(2)) {
        elements *= type(field.inside(), 0);
      }
    }
    if (input && elements * Float.BYTES > LARGEST_TENSOR) {
      throw refusal(
          "inputs of less than 2 GiB",
          String.format(Locale.ROOT, "'%s' of %.0f values", shown(name), elements),
          "Export it with the size of its images");
    }
  }

  /** Goes through a type; how many values it has where it says so. */
  private double type(FieldCursor field, int depth) {
    if (depth > DEEPEST) {
      throw refusal("types nested " + DEEPEST + " deep at most", "deeper ones", "Export it again");
    }
    double elements = 1;
    while (next(field)) {
      if (field.isBytes(1)) {
        elements *= shape(field.inside());
      } else if (field.isBytes(4) || field.isBytes(5) || field.isBytes(9)) {
        // A sequence, a map or an optional value has a type inside.
        FieldCursor inside = field.inside();
        while (next(inside)) {
          if (inside.kind == FieldCursor.BYTES) {
            type(inside.inside(), depth + 1);
          }
        }
      }
    }
    return elements;
  }

  private double shape(FieldCursor tensor) {
    double elements = 1;
    while (next(tensor)) {
      if (tensor.isBytes(2)) {
        FieldCursor shape = tensor.inside();
        while (next(shape)) {
          if (shape.isBytes(1)) {
            FieldCursor size = shape.inside();
            while (next(size)) {
              boolean known = size.number == 1 && size.kind == FieldCursor.VARINT;
              elements *= known ? Math.max(1, size.value) : 1;
            }
          }
        }
      }
    }
    return elements;
  }

  // Contents -------------------------------------------------------------------------------------

  /** A text; of a longer one than asked for, the start. */
  private String text(FieldCursor field, int longest) {
    int length = Math.min(field.length(), longest);
    return new String(model, field.from, length, StandardCharsets.UTF_8);
  }

  private long[] varints(FieldCursor field, int most) {
    // A packed list looks like a message of numbers without tags: read it by hand.
    long[] values = new long[Math.min(most, field.length())];
    int count = 0;
    int shift = 0;
    long value = 0;
    for (int i = field.from; i < field.to && count < values.length; i++) {
      value |= shift < Long.SIZE ? (long) (model[i] & 0x7f) << shift : 0;
      shift += 7;
      if (model[i] >= 0) {
        values[count++] = value;
        value = 0;
        shift = 0;
      }
    }
    return Arrays.copyOf(values, count);
  }

  private long[] longs(int from, int count) {
    long[] values = new long[count];
    ByteBuffer.wrap(model).order(ByteOrder.LITTLE_ENDIAN).position(from).asLongBuffer().get(values);
    return values;
  }

  private static void append(Map<String, long[]> shapes, String name, long[] values) {
    long[] before = shapes.get(name);
    shapes.put(name, before == null ? values : joined(before, values));
  }

  private static long[] joined(long[] first, long[] second) {
    long[] all = Arrays.copyOf(first, Math.min(MOST_SIZES, first.length + second.length));
    System.arraycopy(second, 0, all, first.length, all.length - first.length);
    return all;
  }

  /** Text of a file as a message may show it. */
  private static String shown(String text) {
    StringBuilder shown = new StringBuilder();
    for (int i = 0; i < Math.min(SHOWN, text.length()); i++) {
      char c = text.charAt(i);
      shown.append(Character.isISOControl(c) || Character.getType(c) == Character.FORMAT ? '?' : c);
    }
    return shown.append(text.length() > SHOWN ? "..." : "").toString();
  }

  private ModelFormatException refusal(String expected, String found, String remedy) {
    return new ModelFormatException(
        origin + ": expected " + expected + ", found " + found + ". " + remedy + ".");
  }
}
