/** The models that are open in the workbench. */
@NullMarked
package io.cxr.workbench.models;

import org.jspecify.annotations.NullMarked;
