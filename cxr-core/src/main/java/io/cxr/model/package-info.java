/** What a model file says of itself. */
@NullMarked
package io.cxr.model;

import org.jspecify.annotations.NullMarked;
