/** What happens to a radiograph between its file and a network's input tensor. */
@NullMarked
package io.cxr.preprocess;

import org.jspecify.annotations.NullMarked;
