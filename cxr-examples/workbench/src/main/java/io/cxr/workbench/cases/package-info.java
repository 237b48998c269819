/** Cases: radiographs that users brought, what models answered, and their pictures. */
@NullMarked
package io.cxr.workbench.cases;

import org.jspecify.annotations.NullMarked;
