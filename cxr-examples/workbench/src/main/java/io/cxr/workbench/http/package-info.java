/**
 * What all routes of the workbench share: errors, events, response headers, the interface of a
 * route group.
 */
@NullMarked
package io.cxr.workbench.http;

import org.jspecify.annotations.NullMarked;
