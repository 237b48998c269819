/** A service that explains radiographs, to copy from. */
@NullMarked
package io.cxr.service;

import org.jspecify.annotations.NullMarked;
