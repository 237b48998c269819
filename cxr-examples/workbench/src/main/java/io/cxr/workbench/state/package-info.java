/** The folder and the database in which the workbench keeps what it knows. */
@NullMarked
package io.cxr.workbench.state;

import org.jspecify.annotations.NullMarked;
