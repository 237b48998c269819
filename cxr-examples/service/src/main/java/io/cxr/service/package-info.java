/** An example of an HTTP service that classifies and explains radiographs. */
@NullMarked
package io.cxr.service;

import org.jspecify.annotations.NullMarked;
