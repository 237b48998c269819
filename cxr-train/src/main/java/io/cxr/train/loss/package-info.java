/** Losses: plain ones of logits, and those for output layers that Deeplearning4j lacks. */
@NullMarked
package io.cxr.train.loss;

import org.jspecify.annotations.NullMarked;
