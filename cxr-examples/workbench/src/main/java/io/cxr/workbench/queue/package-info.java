/** The queues in which trainings and evaluations wait for their turn. */
@NullMarked
package io.cxr.workbench.queue;

import org.jspecify.annotations.NullMarked;
