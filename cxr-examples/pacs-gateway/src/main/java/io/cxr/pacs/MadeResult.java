package io.cxr.pacs;

import io.cxr.ModelIdentity;

/**
 * A result that was made for an instance, whether or not the archive has it.
 *
 * @param uid SOP Instance UID
 * @param series Series Instance UID
 * @param sopClass SOP Class UID
 * @param model whose it is
 */
record MadeResult(String uid, String series, String sopClass, ModelIdentity model) {}
