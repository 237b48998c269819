/** The model card, which travels inside a model file: labels, calibration, provenance and more. */
@NullMarked
package io.cxr.model;

import org.jspecify.annotations.NullMarked;
