/**
 * Results as JSON, for services, logs and files. Each format has a versioned name and a JSON Schema
 * under {@code docs/schema}.
 */
@NullMarked
package io.cxr.json;

import org.jspecify.annotations.NullMarked;
