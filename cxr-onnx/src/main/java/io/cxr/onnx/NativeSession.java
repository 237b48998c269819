package io.cxr.onnx;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtProvider;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import ai.onnxruntime.TensorInfo;
import ai.onnxruntime.providers.OrtCUDAProviderOptions;
import io.cxr.Device;
import io.cxr.error.DeviceUnavailableException;
import io.cxr.error.InferenceException;
import io.cxr.error.ModelFormatException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One model in ONNX Runtime. It owns the native session and turns every {@link OrtException} into
 * an exception of ours. Runs are thread-safe; the owner sees to it that none is in flight at {@link
 * #close}.
 */
final class NativeSession implements AutoCloseable {
  private static final System.Logger LOGGER = System.getLogger(NativeSession.class.getName());

  /** How a graph marks an axis whose size it leaves open. */
  static final long OPEN_AXIS = -1;

  /** Protocol buffers end there, and so do Java arrays. */
  private static final int LONGEST = Integer.MAX_VALUE - 16;

  private final OrtEnvironment environment;
  private final OrtSession session;
  private final String origin;
  private final Map<String, NodeInfo> inputs;
  private final Map<String, NodeInfo> outputs;

  private final Device device;
  private final CudaOptions cuda;

  /** Of the runs before {@link #requireOnDevice}, where there is a device to be on. */
  private @Nullable RunProfile profile;

  private NativeSession(
      OrtEnvironment environment,
      OrtSession session,
      String origin,
      SessionSettings settings,
      @Nullable RunProfile profile)
      throws OrtException {
    this.environment = environment;
    this.session = session;
    this.origin = origin;
    this.device = settings.device();
    this.cuda = settings.cuda();
    this.profile = profile;
    this.inputs = session.getInputInfo();
    this.outputs = session.getOutputInfo();
  }

  /**
   * Reads a model file, once.
   *
   * @throws IOException if it is missing, a directory or unreadable
   * @throws ModelFormatException if it is larger than an ONNX file can be
   */
  static byte[] read(Path file) throws IOException {
    long size = Files.size(file);
    if (size > LONGEST) {
      throw tooLong("Model " + file, size + " bytes");
    }
    return Files.readAllBytes(file);
  }

  /**
   * Reads a model from a stream to its end.
   *
   * @throws IOException if the stream fails
   * @throws ModelFormatException if it is larger than an ONNX file can be
   */
  static byte[] read(InputStream stream) throws IOException {
    byte[] model = stream.readNBytes(LONGEST);
    if (model.length == LONGEST && stream.read() >= 0) {
      throw tooLong("Model from a stream", "more than " + LONGEST + " bytes");
    }
    return model;
  }

  private static ModelFormatException tooLong(String origin, String found) {
    return new ModelFormatException(
        origin
            + ": expected an ONNX file of less than 2 GiB, found "
            + found
            + ". Export the model again.");
  }

  /**
   * Loads a model.
   *
   * @param model the bytes of an ONNX file; not kept
   * @param origin how messages name the model
   * @param settings how to run it
   * @throws ModelFormatException if the bytes are no ONNX model that can be run
   * @throws DeviceUnavailableException if the device, or the native library, is not there
   */
  static NativeSession open(byte[] model, String origin, SessionSettings settings) {
    requireSound(model, origin);
    byte[] network = SelfContainedModel.network(model);
    SessionSettings chosen =
        settings.device().kind() == Device.Kind.CUDA
            ? settings.withCuda(settings.cuda().forModel(network))
            : settings;
    return open(
        origin, chosen, (environment, options) -> environment.createSession(network, options));
  }

  /**
   * Loads a model, and writes what graph optimisation made of it, for {@link #openOptimized}.
   *
   * @param model the bytes of an ONNX file; not kept
   * @param origin how messages name the model
   * @param settings how to run it
   * @param draft where the optimised model goes
   * @throws ModelFormatException if the bytes are no ONNX model that can be run, or the optimised
   *     model cannot be written
   */
  static NativeSession openAndSave(
      byte[] model, String origin, SessionSettings settings, ModelCache.Draft draft) {
    requireSound(model, origin);
    byte[] network = SelfContainedModel.network(model);
    return open(
        origin,
        settings,
        (environment, options) -> {
          options.setOptimizedModelFilePath(draft.model().toString());
          // Weights in a file of their own are mapped, not read and copied: 25 ms instead of 250
          // for
          // the 95 MB of ResNet-50.
          options.addConfigEntry(
              "session.optimized_model_external_initializers_file_name", draft.weightsName());
          options.addConfigEntry(
              "session.optimized_model_external_initializers_min_size_in_bytes", "1024");
          return environment.createSession(network, options);
        });
  }

  /**
   * Loads a model that {@link #openAndSave} wrote on this kind of processor.
   *
   * @param model the optimised model, its weights beside it
   * @param origin how messages name the model
   * @param settings how to run it
   * @throws ModelFormatException if the file is no model that can be run
   */
  static NativeSession openOptimized(Path model, String origin, SessionSettings settings) {
    return open(
        origin,
        settings,
        (environment, options) -> {
          options.setOptimizationLevel(SessionOptions.OptLevel.NO_OPT);
          return environment.createSession(model.toString(), options);
        });
  }

  /** Looks through the bytes before native code does. */
  private static void requireSound(byte[] model, String origin) {
    if (model.length == 0) {
      throw new ModelFormatException(
          origin + ": expected an ONNX model, found no bytes at all. Copy or export it again.");
    }
    ModelScan.check(model, origin);
  }

  /** Makes a session of a model. */
  private interface Creation {
    OrtSession create(OrtEnvironment environment, SessionOptions options) throws OrtException;
  }

  private static NativeSession open(String origin, SessionSettings settings, Creation creation) {
    OrtEnvironment environment = RuntimeLibrary.environment();
    Device device = settings.device();
    RunProfile profile = null;
    try (SessionOptions options = options(settings)) {
      profile = device.kind() == Device.Kind.CUDA ? profile(options, origin) : null;
      OrtSession session = creation.create(environment, options);
      try {
        NativeSession opened = new NativeSession(environment, session, origin, settings, profile);
        LOGGER.log(System.Logger.Level.DEBUG, "Opened {0} on {1}", origin, device.toString());
        profile = null;
        return opened;
      } catch (OrtException | RuntimeException e) {
        session.close();
        throw e;
      }
    } catch (OrtException e) {
      String found = String.valueOf(e.getMessage());
      // A graphics card fails only when the session is made, for example for a wrong ordinal, and
      // with the same codes as a broken model. A model that the CPU takes is not broken.
      if (device.kind() == Device.Kind.CUDA && runsOnCpu(environment, settings, creation)) {
        throw CudaFailure.failed(device, CudaInstallation.ofThisMachine(), settings.cuda(), e);
      }
      throw new ModelFormatException(
          origin
              + ": expected a whole ONNX model that ONNX Runtime "
              + environment.getVersion()
              + " can run, found: "
              + found
              + ". Copy or export it again.",
          e);
    } finally {
      delete(profile);
    }
  }

  /**
   * A profile to see afterwards what ran where; a process without temporary folder goes without.
   */
  private static @Nullable RunProfile profile(SessionOptions options, String origin)
      throws OrtException {
    try {
      return RunProfile.of(options);
    } catch (IOException e) {
      LOGGER.log(
          System.Logger.Level.WARNING,
          "{0}: whether its layers run on the card is not checked, for want of a temporary folder:"
              + " {1}",
          origin,
          String.valueOf(e.getMessage()));
      return null;
    }
  }

  private static void delete(@Nullable RunProfile profile) {
    try {
      if (profile != null) {
        profile.close();
      }
    } catch (IOException e) {
      LOGGER.log(
          System.Logger.Level.DEBUG, "A profile stays behind: {0}", String.valueOf(e.getMessage()));
    }
  }

  private static boolean runsOnCpu(
      OrtEnvironment environment, SessionSettings settings, Creation creation) {
    try (SessionOptions options = options(settings.withDevice(Device.cpu()))) {
      creation.create(environment, options).close();
      return true;
    } catch (OrtException e) {
      return false;
    }
  }

  private static SessionOptions options(SessionSettings settings) throws OrtException {
    SessionOptions options = new SessionOptions();
    try {
      options.setOptimizationLevel(SessionOptions.OptLevel.ALL_OPT);
      options.setExecutionMode(SessionOptions.ExecutionMode.SEQUENTIAL);
      options.setInterOpNumThreads(1);
      options.setIntraOpNumThreads(settings.threads());
      options.addConfigEntry("session.intra_op.allow_spinning", settings.spinning() ? "1" : "0");
      options.setMemoryPatternOptimization(true);
      options.setDeterministicCompute(true);
      // Failures come as exceptions; the library shall not write to standard error as well.
      options.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL);
      if (settings.device().kind() == Device.Kind.CUDA) {
        addCuda(options, settings);
      }
      return options;
    } catch (OrtException | RuntimeException e) {
      options.close();
      throw e;
    }
  }

  private static void addCuda(SessionOptions options, SessionSettings settings)
      throws OrtException {
    Device device = settings.device();
    if (!OrtEnvironment.getAvailableProviders().contains(OrtProvider.CUDA)) {
      throw CudaFailure.notInBuild(device, RuntimeLibrary.environment().getVersion());
    }
    try {
      RuntimeLibrary.addProviders();
    } catch (IOException e) {
      throw CudaFailure.notLoaded(device, CudaInstallation.ofThisMachine(), e);
    }
    try (OrtCUDAProviderOptions cuda = new OrtCUDAProviderOptions(device.ordinal())) {
      for (Map.Entry<String, String> option : settings.cuda().providerOptions().entrySet()) {
        cuda.add(option.getKey(), option.getValue());
      }
      options.addCUDA(cuda);
    } catch (OrtException e) {
      throw CudaFailure.notLoaded(device, CudaInstallation.ofThisMachine(), e);
    }
  }

  /** How messages name the model. */
  String origin() {
    return origin;
  }

  Set<String> inputNames() {
    return inputs.keySet();
  }

  Set<String> outputNames() {
    return outputs.keySet();
  }

  /**
   * One entry of the model's own metadata.
   *
   * @throws ModelFormatException if the metadata cannot be read
   */
  Optional<String> metadata(String key) {
    try {
      return Optional.ofNullable(session.getMetadata().getCustomMetadata().get(key));
    } catch (OrtException e) {
      throw new ModelFormatException(
          origin + ": expected readable metadata, found: " + e.getMessage(), e);
    }
  }

  /** The sizes of an input's axes, {@link #OPEN_AXIS} where the graph leaves them open. */
  long[] inputShape(String name) {
    return shape("input", name, inputs);
  }

  /** Whether an input takes unsigned bytes; else it takes 32-bit floats. */
  boolean takesBytes(String name) {
    NodeInfo node = inputs.get(name);
    return node != null
        && node.getInfo() instanceof TensorInfo info
        && info.type == OnnxJavaType.UINT8;
  }

  /** The sizes of an output's axes, {@link #OPEN_AXIS} where the graph leaves them open. */
  long[] outputShape(String name) {
    return shape("output", name, outputs);
  }

  private long[] shape(String role, String name, Map<String, NodeInfo> nodes) {
    NodeInfo node = nodes.get(name);
    if (node == null) {
      throw new ModelFormatException(
          origin
              + ": expected an "
              + role
              + " '"
              + name
              + "', found "
              + nodes.keySet()
              + ". Export the model with cxr, or rename it in the graph.");
    }
    boolean input = role.equals("input");
    if (!(node.getInfo() instanceof TensorInfo info)
        || (info.type != OnnxJavaType.FLOAT && !(input && info.type == OnnxJavaType.UINT8))) {
      throw new ModelFormatException(
          origin
              + ": expected an "
              + role
              + " '"
              + name
              + (input
                  ? "' of 32-bit floats or unsigned bytes, found "
                  : "' of 32-bit floats, found ")
              + (node.getInfo() instanceof TensorInfo other ? other.type : node.getInfo())
              + ". Export the model with a float "
              + role
              + ".");
    }
    return info.getShape();
  }

  /**
   * Runs one black sample to see the sizes that the graph does not tell.
   *
   * @param inputSizes the sizes of each input by name, all known
   * @return the sizes of every output by name
   * @throws ModelFormatException if the graph cannot run on these sizes
   * @throws DeviceUnavailableException if it cannot on a graphics card
   */
  Map<String, long[]> measureOutputs(Map<String, long[]> inputSizes) {
    Map<String, OnnxTensor> samples = new HashMap<>();
    try {
      inputSizes.forEach((name, sizes) -> samples.put(name, black(name, sizes)));
      try (OrtSession.Result result = session.run(samples)) {
        Map<String, long[]> shapes = new LinkedHashMap<>();
        for (Map.Entry<String, OnnxValue> output : result) {
          if (output.getValue() instanceof OnnxTensor tensor) {
            shapes.put(output.getKey(), tensor.getInfo().getShape());
          }
        }
        return shapes;
      }
    } catch (OrtException e) {
      if (device.kind() == Device.Kind.CUDA) {
        // cuDNN is loaded, and memory taken, at the first run.
        throw CudaFailure.failed(device, CudaInstallation.ofThisMachine(), cuda, e);
      }
      throw new ModelFormatException(
          origin
              + ": expected a graph that runs on one sample, found: "
              + e.getMessage()
              + ". Export it again.",
          e);
    } finally {
      samples.values().forEach(OnnxTensor::close);
    }
  }

  /**
   * On a graphics card, runs one black sample and sees that the card computes it; layers that the
   * CPU computes are logged as a warning. Does nothing on the CPU. Called once, before other
   * threads have the session.
   *
   * @param inputSizes the sizes of each input by name, all known
   * @throws DeviceUnavailableException if the card fails, or computes nothing of the network
   */
  void requireOnDevice(Map<String, long[]> inputSizes) {
    if (device.kind() != Device.Kind.CUDA) {
      return;
    }
    measureOutputs(inputSizes);
    if (profile == null) {
      return;
    }
    try {
      String elsewhere = profile.end(session).require(device, origin);
      if (!elsewhere.isEmpty()) {
        LOGGER.log(
            System.Logger.Level.WARNING,
            "{0}: {1} run on the CPU, not on {2}, which has no code for them",
            origin,
            elsewhere,
            device.toString());
      }
    } catch (IOException | OrtException e) {
      LOGGER.log(
          System.Logger.Level.WARNING,
          "{0}: whether its layers run on the card cannot be checked: {1}",
          origin,
          String.valueOf(e.getMessage()));
    } finally {
      delete(profile);
      profile = null;
    }
  }

  private OnnxTensor black(String input, long[] sizes) {
    long elements = 1;
    for (long size : sizes) {
      elements = Math.multiplyExact(elements, size);
    }
    int values = Math.toIntExact(elements);
    return takesBytes(input)
        ? tensor(ByteBuffer.allocateDirect(values), sizes)
        : tensor(directFloats(values), sizes);
  }

  /** Zeroed direct memory in native order, as ONNX Runtime reads it without a copy. */
  static FloatBuffer directFloats(int elements) {
    return ByteBuffer.allocateDirect(Math.multiplyExact(elements, Float.BYTES))
        .order(ByteOrder.nativeOrder())
        .asFloatBuffer();
  }

  /**
   * A tensor over a buffer's remaining values, without a copy. The caller closes it.
   *
   * @param values a direct buffer in native order, with exactly as many values as the shape
   */
  OnnxTensor tensor(FloatBuffer values, long... shape) {
    try {
      return OnnxTensor.createTensor(environment, values, shape);
    } catch (OrtException e) {
      throw new InferenceException(
          origin + ": expected native memory for a tensor, found: " + e.getMessage(), e);
    }
  }

  /**
   * A tensor of unsigned bytes over a buffer's remaining values, without a copy. The caller closes
   * it.
   *
   * @param values a direct buffer, with exactly as many values as the shape
   */
  OnnxTensor tensor(ByteBuffer values, long... shape) {
    try {
      return OnnxTensor.createTensor(environment, values, shape, OnnxJavaType.UINT8);
    } catch (OrtException e) {
      throw new InferenceException(
          origin + ": expected native memory for a tensor, found: " + e.getMessage(), e);
    }
  }

  /**
   * Runs the model from tensors into tensors; both stay the caller's.
   *
   * @throws InferenceException if the native run fails
   */
  void run(Map<String, OnnxTensor> from, Map<String, OnnxTensor> into) {
    // The result holds nothing but the caller's own tensors, and closing it leaves them open.
    try (OrtSession.Result result = session.run(from, Set.of(), into)) {
      if (result.size() != into.size()) {
        throw new InferenceException(
            origin + ": expected " + into.size() + " outputs, found " + result.size());
      }
    } catch (OrtException e) {
      throw new InferenceException(
          origin
              + ": expected a native run without failure, found: "
              + e.getMessage()
              + (device.kind() == Device.Kind.CUDA
                  ? ". See by nvidia-smi whether the card works and has free memory"
                      + CudaFailure.memoryLimit(cuda)
                          .map(limit -> "; this model may take " + limit)
                          .orElse("")
                      + "."
                  : ". Try a smaller batch limit; if it fails for one radiograph too, export the"
                      + " model again."),
          e);
    }
  }

  @Override
  public void close() {
    try {
      session.close();
    } catch (OrtException e) {
      throw new InferenceException(
          origin + ": expected to free the native session, found: " + e.getMessage(), e);
    } finally {
      delete(profile);
      profile = null;
    }
  }
}
