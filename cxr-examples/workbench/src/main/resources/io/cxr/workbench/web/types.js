// The types of the contract between the server and the pages. Types only: nothing runs here.

/**
 * What a page gets. See the head of app.js.
 *
 * @typedef {object} Context
 * @property {import('./api.js').Api} api
 * @property {import('./events.js').Events} events
 * @property {import('./cases.js').Cases} cases the cases of this user, kept current by the events
 * @property {import('./preferences.js').Preferences} preferences
 * @property {Session} session
 * @property {string[]} params the parts of the address after the name of the page
 * @property {AbortSignal} signal aborted when the page is left
 * @property {(path: string) => void} navigate opens another page, such as '/cases/ID'
 * @property {(title: string) => void} setTitle names the page in the window's title
 */

/**
 * @typedef {object} Page
 * @property {(root: HTMLElement, context: Context) => (Unmount | Promise<Unmount>)} mount
 */

/** @typedef {(() => void) | void} Unmount */

/**
 * @typedef {object} Session
 * @property {string} user
 * @property {string} csrf
 * @property {'token' | 'password'} mode
 * @property {string} notice
 * @property {Model[]} models
 * @property {string | null} operatingPoint
 * @property {Limits} limits
 * @property {string[]} colorMaps
 * @property {{training: boolean}} features
 */

/**
 * @typedef {object} Limits
 * @property {number} maxFileBytes
 * @property {number} maxFiles
 * @property {number} quotaBytes
 * @property {number} usedBytes
 * @property {number} idleHours
 */

/**
 * @typedef {object} Model
 * @property {string} id
 * @property {string} name
 * @property {string} version
 * @property {string} sha256
 * @property {'exclusive' | 'findings' | 'measurements'} task
 * @property {string[]} labels
 * @property {OperatingPoint[]} operatingPoints
 * @property {boolean} heatmaps
 * @property {boolean} lungs
 * @property {{threshold: number} | null} novelty
 * @property {boolean} audit
 */

/**
 * @typedef {object} OperatingPoint
 * @property {string} id
 * @property {string} label
 * @property {'sensitivity' | 'specificity' | 'published'} aim
 * @property {number | null} [target]
 * @property {number} threshold
 */

/** @typedef {'queued' | 'running' | 'done' | 'refused' | 'failed'} AnswerState */

/**
 * @typedef {object} Case
 * @property {string} id
 * @property {string} name
 * @property {string} folder
 * @property {string} added
 * @property {number} bytes
 * @property {string} format
 * @property {number} width
 * @property {number} height
 * @property {number} bits
 * @property {boolean} dicom
 * @property {Record<string, Answer>} answers by the id of the model
 * @property {Mark | null} mark
 */

/**
 * @typedef {object} Answer
 * @property {AnswerState} state
 * @property {Result | null} result
 * @property {string | null} reason
 * @property {string | null} error
 * @property {{label: string, probability: number} | null} top
 * @property {number | null} seconds
 * @property {Decision[]} [decisions]
 */

/**
 * A result of cxr-result/1 or /2.
 *
 * @typedef {object} Result
 * @property {string} schema
 * @property {'findings' | 'measurements'} [task]
 * @property {string} [label]
 * @property {Record<string, number>} [probabilities]
 * @property {{name: string, value: number, unit: string, plausible: boolean}[]} [measurements]
 * @property {{labels: string[], coverage: number}} [labelSet]
 * @property {{score?: number, threshold?: number}} [novelty]
 * @property {{name: string, probability: number}} [view]
 * @property {string[]} [notes]
 * @property {string} [reason]
 * @property {string} [error]
 * @property {string} notice
 */

/**
 * @typedef {object} Decision
 * @property {string} id
 * @property {string} label
 * @property {boolean} positive
 */

/**
 * @typedef {object} Mark
 * @property {'right' | 'wrong' | null} verdict
 * @property {string[] | null} labels
 * @property {string} remark
 */

/**
 * @typedef {object} HeatmapGrid
 * @property {string} label
 * @property {number} rows
 * @property {number} columns
 * @property {number[]} values from 0 to 1, row by row
 * @property {{x: number, y: number, width: number, height: number}} region in pixels of the picture
 */

/** @typedef {[number, number][]} Outline */

/**
 * @typedef {object} HeaderElement
 * @property {string} tag
 * @property {string} keyword
 * @property {string} vr
 * @property {string} value
 * @property {boolean} identity
 */

/** @typedef {[number, number, number][]} ColorMap 256 colours, each of 0 to 255 */

/**
 * @typedef {object} QueueProgress
 * @property {number} queued
 * @property {number} running
 * @property {number} done
 */

/**
 * @typedef {object} Epoch
 * @property {number} epoch
 * @property {number} trainingLoss
 * @property {number} validationLoss
 * @property {number} trainingAccuracy
 * @property {number} validationAccuracy
 * @property {number} [auroc]
 */

/**
 * @typedef {object} Job
 * @property {string} id
 * @property {string} name
 * @property {string} data
 * @property {string} preset
 * @property {'queued' | 'running' | 'stopping' | 'stopped' | 'done' | 'failed'} state
 * @property {string | null} stage
 * @property {number} epoch
 * @property {number} epochs
 * @property {number | null} etaSeconds
 * @property {Epoch[]} history
 * @property {string | null} model
 * @property {string | null} error
 */

/**
 * @typedef {object} DataSet
 * @property {string} id
 * @property {string} name
 * @property {'folder' | 'labelled'} kind
 * @property {Record<string, number>} labels
 */

/**
 * @typedef {object} Preset
 * @property {string} id
 * @property {string} title
 * @property {string} description
 * @property {number} epochs
 * @property {boolean} curves whether it learns in epochs, which have curves and can be stopped
 * @property {number} minutes
 */

/**
 * @typedef {object} Interval
 * @property {number} value
 * @property {number} low
 * @property {number} high
 */

/**
 * @typedef {object} EvaluationHead
 * @property {string} id
 * @property {string} model
 * @property {string} [modelName] when it was started; the model may be closed by now
 * @property {string} data
 * @property {string} [dataName]
 * @property {'queued' | 'running' | 'done' | 'failed'} state
 * @property {number} done
 * @property {number} total
 * @property {string | null} error
 */

/**
 * @typedef {object} EvaluationItem
 * @property {number} n
 * @property {string} name
 * @property {string | string[]} truth the label; of findings those that are there
 * @property {string[]} [absent] of findings those that are known not to be there
 * @property {string | string[] | null} predicted null if it was refused
 * @property {number[] | null} probabilities in the order of the labels; null if it was refused
 * @property {string | null} refused the code of the refusal
 */

/**
 * @typedef {object} EvaluationLabel
 * @property {string} label
 * @property {Interval | null} auroc
 * @property {Interval | null} sensitivity
 * @property {Interval | null} specificity
 */

/**
 * @typedef {object} ReliabilityBin
 * @property {number} low
 * @property {number} high
 * @property {number} count
 * @property {number | null} confidence null in an empty bin
 * @property {number | null} accuracy null in an empty bin
 */

/**
 * @typedef {EvaluationHead & {task: 'exclusive' | 'findings', labels: string[],
 *   items: EvaluationItem[], accuracy: Interval | null, auroc: Interval | null,
 *   confusion: number[][], perLabel: EvaluationLabel[],
 *   roc: Record<string, [number, number, number | null][]>, reliability: ReliabilityBin[],
 *   ece: Interval | null}} Evaluation
 */

export {};
