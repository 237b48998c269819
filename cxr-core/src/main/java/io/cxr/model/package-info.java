/** The model card, which is stored in the model file: labels, calibration, provenance and more. */
@NullMarked
package io.cxr.model;

import org.jspecify.annotations.NullMarked;
