/**
 * Training of networks that find lungs, and how well they agree with masks of patients left out.
 */
@NullMarked
package io.cxr.train.lungs;

import org.jspecify.annotations.NullMarked;
