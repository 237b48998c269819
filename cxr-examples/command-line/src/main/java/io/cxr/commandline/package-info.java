/** The command line: train, evaluate, classify and explain without writing Java. */
@NullMarked
package io.cxr.commandline;

import org.jspecify.annotations.NullMarked;
