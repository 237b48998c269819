/**
 * A gateway between a PACS and a classifier: finds new radiographs by DICOMweb, classifies them,
 * and stores the results in their studies. An example to run and to read, not a medical device.
 */
@NullMarked
package io.cxr.pacs;

import org.jspecify.annotations.NullMarked;
