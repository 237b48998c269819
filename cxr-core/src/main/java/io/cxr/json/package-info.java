/**
 * The JSON form of results, for services, logs and files. Each form has a name with a version and a
 * JSON Schema under {@code docs/schema}.
 */
@NullMarked
package io.cxr.json;

import org.jspecify.annotations.NullMarked;
