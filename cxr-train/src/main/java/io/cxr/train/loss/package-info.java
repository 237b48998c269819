/** Loss functions that Deeplearning4j lacks, for its output layers. */
@NullMarked
package io.cxr.train.loss;

import org.jspecify.annotations.NullMarked;
