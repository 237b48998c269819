/** Tests of preprocessing against Pillow and OpenCV, and of its laws. */
package io.cxr.preprocess;
