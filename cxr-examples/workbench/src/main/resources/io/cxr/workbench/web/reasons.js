// Refusals in plain words: what is wrong and what to do about it.

/** @type {Record<string, [string, string]>} */
const REASONS = {
  EMPTY: ['Empty file', 'The file has no bytes. Copy or export it again.'],
  NOT_AN_IMAGE: ['Not a picture', 'The file is no PNG, JPEG, TIFF or DICOM picture.'],
  TRUNCATED: ['Cut short', 'The file ends before the picture does. Copy or export it again.'],
  DAMAGED: ['Damaged', 'The file contradicts itself. Copy or export it again.'],
  TOO_LARGE: ['Too large', 'The picture has more pixels or bytes than the limit allows.'],
  UNSUPPORTED_COLOUR: ['Colours', 'The colours have no defined gray. Save the picture in gray.'],
  UNSUPPORTED_ENCODING: ['Encoding', 'This variant of the format is not supported.'],
  NOT_FOR_PRESENTATION: [
    'Raw detector values',
    'The film is meant for processing. Send the processed one, for presentation.',
  ],
  UNSUPPORTED_VIEW: ['Another view', 'The model takes frontal films only, no lateral ones.'],
  ROTATED_CLOCKWISE: ['Rotated clockwise', 'Turn the film by 90 degrees anticlockwise.'],
  ROTATED_ANTICLOCKWISE: ['Rotated anticlockwise', 'Turn the film by 90 degrees clockwise.'],
  UPSIDE_DOWN: ['Upside down', 'Turn the film by 180 degrees.'],
  MIRRORED: ['Mirrored', 'Left and right seem exchanged, or the heart lies on the right.'],
  INVERTED: ['Inverted', 'Black and white seem exchanged.'],
  UNSUPPORTED_BODY_PART: ['Another body part', 'By its header the film does not show a chest.'],
  NOT_A_CHEST_RADIOGRAPH: [
    'Unlike a chest film',
    'The picture is unlike those that the model knows, so its answer would mean nothing.',
  ],
  BURNED_IN_ANNOTATION: ['Text in the picture', 'The pixels hold text that may name the patient.'],
};

/**
 * The reason in two or three words.
 *
 * @param {import('./types.js').Answer} answer
 */
export function shortReason(answer) {
  const known = answer.reason === null ? undefined : REASONS[answer.reason];
  return known?.[0] ?? (answer.state === 'refused' ? 'Refused' : 'Not readable');
}

/**
 * The reason in a sentence.
 *
 * @param {import('./types.js').Answer} answer
 */
export function plainReason(answer) {
  const known = answer.reason === null ? undefined : REASONS[answer.reason];
  return known?.[1] ?? answer.error ?? 'No reason was given.';
}
