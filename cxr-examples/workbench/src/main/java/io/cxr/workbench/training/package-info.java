/** Training jobs: their queue, the process that trains, and what the page is told of them. */
@NullMarked
package io.cxr.workbench.training;

import org.jspecify.annotations.NullMarked;
