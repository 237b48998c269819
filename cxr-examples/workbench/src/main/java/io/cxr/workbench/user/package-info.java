/** Who uses the workbench: passwords, sign-in, sessions, and which requests are let in. */
@NullMarked
package io.cxr.workbench.user;

import org.jspecify.annotations.NullMarked;
