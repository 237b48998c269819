/** Reference values that independent implementations computed. */
package io.cxr.golden;
