/**
 * Networks as data: layers with Keras' names and rules, their graph with inferred shapes, and the
 * networks of the field described so.
 */
@NullMarked
package io.cxr.train.network;

import org.jspecify.annotations.NullMarked;
