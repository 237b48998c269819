/**
 * A gateway between a PACS and a classifier: finds new radiographs over DICOMweb, classifies them,
 * and stores the results in their studies. For research, not a medical device.
 */
@NullMarked
package io.cxr.pacs;

import org.jspecify.annotations.NullMarked;
