package org.teavm.classlib.java.util.zip;

import com.jcraft.jzlib.GZIPException;
import com.jcraft.jzlib.Inflater;
import com.jcraft.jzlib.JZlib;

/**
 * Takes the place of TeaVM's {@code Inflater}, which answers a want of input with a negative number
 * where the JDK's answers 0.
 */
public final class TInflater {
  private static final byte[] NONE = {};

  private final boolean raw;
  private Inflater stream;
  private boolean finished;
  private boolean needsDictionary;

  public TInflater() {
    this(false);
  }

  public TInflater(boolean raw) {
    this.raw = raw;
    this.stream = open(raw);
  }

  private static Inflater open(boolean raw) {
    try {
      return new Inflater(raw);
    } catch (GZIPException e) {
      throw new IllegalStateException(e.getMessage(), e);
    }
  }

  public void setInput(byte[] bytes) {
    setInput(bytes, 0, bytes.length);
  }

  public void setInput(byte[] bytes, int offset, int length) {
    stream.setInput(bytes, offset, length, false);
  }

  public int inflate(byte[] into) throws TDataFormatException {
    return inflate(into, 0, into.length);
  }

  public int inflate(byte[] into, int offset, int length) throws TDataFormatException {
    if (finished || needsDictionary || length == 0) {
      return 0;
    }
    stream.setOutput(into, offset, length);
    int status = stream.inflate(JZlib.Z_NO_FLUSH);
    int written = stream.getNextOutIndex() - offset;
    switch (status) {
      case JZlib.Z_STREAM_END -> finished = true;
      case JZlib.Z_NEED_DICT -> needsDictionary = true;
      case JZlib.Z_OK, JZlib.Z_BUF_ERROR -> {}
      default -> {
        // Without any input it says so, too.
        if (status != JZlib.Z_STREAM_ERROR || stream.getNextIn() != null) {
          throw new TDataFormatException(stream.getMessage());
        }
      }
    }
    return written;
  }

  public boolean finished() {
    return finished;
  }

  public boolean needsInput() {
    return stream.getAvailIn() <= 0;
  }

  public boolean needsDictionary() {
    return needsDictionary;
  }

  public int getRemaining() {
    return stream.getAvailIn();
  }

  public void reset() {
    stream = open(raw);
    finished = false;
    needsDictionary = false;
  }

  public void end() {
    stream.setInput(NONE, 0, 0, false);
  }
}
