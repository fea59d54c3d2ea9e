namespace Postfleet.Simulation.Tests.Machinery;

/// <summary>Rules that a run can break on purpose, in its shells and models, to show that the checks detect it.</summary>
internal enum BrokenRule
{
    /// <summary>All rules hold.</summary>
    None,

    /// <summary>The journal takes rows under numbers that are there.</summary>
    NoFence,

    /// <summary>The journal refuses a number that is there, but takes one that a checkpoint has deleted.</summary>
    FenceIsUniqueKeyAlone,

    /// <summary>The last rows of queues that are gone are deleted, and nothing keeps their numbers.</summary>
    SweptWithoutFloor,

    /// <summary>A queue whose write has failed goes on as if it had not.</summary>
    FailedWriteIsTakenForDone,

    /// <summary>
    /// Offers are not marked as repeats and have a new time of acceptance, and connections do not check that the part exists.
    /// </summary>
    OffersLookNew,

    /// <summary>
    /// A queue's new owner accepts offers as new that an earlier owner may have settled, and connections do not check that the part exists.
    /// </summary>
    NewOwnerTrustsOffers,

    /// <summary>A queue runs everything that it has decided before its journal has the events.</summary>
    EffectsRunBeforeDurable,

    /// <summary>A queue acknowledges parts before its journal has them.</summary>
    PartsAcknowledgedBeforeDurable,

    /// <summary>A queue marks parts as its own before its journal has them.</summary>
    PartsMarkedBeforeDurable,

    /// <summary>A queue sends jobs before its journal says that they are started.</summary>
    JobsSentBeforeDurable,

    /// <summary>A queue tells a destination to forget an outcome before its journal has it.</summary>
    OutcomesAcknowledgedBeforeDurable,

    /// <summary>A queue has parts deleted and failures reported before its journal has the outcome.</summary>
    SettledBeforeDurable,

    /// <summary>A queue does not acknowledge outcomes.</summary>
    OutcomesNotAcknowledged,

    /// <summary>A destination reports each outcome once.</summary>
    OutcomesNotRepeated,

    /// <summary>A queue accepts an outcome with any number for its attempt in flight.</summary>
    StaleOutcomesTaken,

    /// <summary>After a recovery, attempts in flight are made again under new numbers.</summary>
    NewNumbersAfterRecovery,

    /// <summary>A part is deleted in one transaction, and its report stored in another one after it.</summary>
    ReportStoredAfterDeletion,

    /// <summary>A report is stored in one transaction, and its part settled in another one after it.</summary>
    ReportStoredBeforeSettling,

    /// <summary>The spool does not look at the numbers of reports.</summary>
    ReportsNotNumbered,

    /// <summary>Reported notes are not deleted with their report.</summary>
    NotesOutliveTheirReport,

    /// <summary>A message is deleted with its last part, although notes for a report remain.</summary>
    MessageDeletedBeforeReport,

    /// <summary>A queue forgets what it has let the spool settle before the spool confirms it.</summary>
    SettledForgottenEarly,

    /// <summary>A destination forgets attempts when their outcomes are acknowledged.</summary>
    EndedAttemptsForgotten,

    /// <summary>A destination accepts jobs for another incarnation.</summary>
    JobsOfAnotherIncarnationTaken,

    /// <summary>A destination hands over when no job runs, although outcomes are not acknowledged.</summary>
    HandedOverBeforeAcknowledged,

    /// <summary>A destination hands over at once, and its connections go on.</summary>
    HandedOverWhileRunning,

    /// <summary>Queues do not watch their destinations.</summary>
    NoDeathWatch,

    /// <summary>There is no sweeper.</summary>
    NoSweeper,

    /// <summary>A checkpoint's own rows are deleted with those before it.</summary>
    CheckpointDeleted,

    /// <summary>A checkpoint does not say which senders were told of a delay.</summary>
    CheckpointForgetsDelays,

    /// <summary>The rows before a checkpoint are deleted before it is written.</summary>
    DeletedBeforeCheckpoint,

    /// <summary>The row that follows a write which took long is written under the number of that write.</summary>
    RewriteReusesNumbers,

    /// <summary>Queues of several nodes take the journal for theirs alone, as on embedded storage.</summary>
    OwnersThinkTheyAreAlone,

    /// <summary>A queue that has asked to be passivated stops at once when the shard answers, although commands came meanwhile.</summary>
    PassivatedWhileCommandsWait,

    /// <summary>A queue that has got mail since it asked to be passivated does not have itself started again.</summary>
    PassivatedForGood,

    /// <summary>A queue that has lost events goes on without having its mail offered again.</summary>
    MendedWithoutReoffer,

    /// <summary>The timer of a paused batch is not set.</summary>
    PausedRoundForgotten,

    /// <summary>A wake-up that is set takes back the later one that was set before it.</summary>
    LaterWakeTakenBack,

    /// <summary>A process that stood still does not notice it.</summary>
    WokenNodeTrustsItself,

    /// <summary>The rows of an empty queue are not deleted again when that has failed.</summary>
    DeletionNotRepeated,

    /// <summary>A destination reports the attempts that it has cut off.</summary>
    CutOffAttemptsReported,

    /// <summary>A destination whose grace is over stops without waiting for the replies to final dots.</summary>
    LastRepliesNotAwaited,

    /// <summary>A destination reports that it has nothing left to end as soon as its node stops.</summary>
    DrainedBeforeAttemptsEnd,

    /// <summary>A destination forgets the time at which it has something to do by itself.</summary>
    DestinationWakeForgotten,

    /// <summary>An attempt at a job that came before a stall is begun.</summary>
    StalledAttemptsBegun,

    /// <summary>An attempt begins before the node knows whether it was given up in its stall.</summary>
    RecoveryNotAwaited,

    /// <summary>An attempt begins although most queue nodes cannot be reached.</summary>
    QueueNodesNotAwaited,

    /// <summary>Nothing is asked before the final dot.</summary>
    FinalDotUnguarded,

    /// <summary>The next host is offered all recipients, also those that the first one has accepted.</summary>
    NextHostGetsAll,

    /// <summary>The gate that a hand-off has closed stays closed.</summary>
    GateNeverOpened,

    /// <summary>A client waits until the gate opens, however long that takes.</summary>
    GateWaitUnbounded,

    /// <summary>A hand-off does not offer the parts that the one before it has left.</summary>
    LeftPartsForgotten,

    /// <summary>A hand-off sends offers although no queue node can be reached.</summary>
    OfferedWithoutQueues,

    /// <summary>A hand-off that reaches no queue node does not look for one again.</summary>
    QueueNodesNotLookedFor,

    /// <summary>A queue that could not be read from the journal is read again at once.</summary>
    RecoveryNotPaused,

    /// <summary>A destination that has asked to be passivated stops at once when the shard answers, although jobs came meanwhile.</summary>
    DestinationPassivatedWhileBusy,
}
