namespace Postfleet.Simulation.Tests.Machinery;

/// <summary>Rules that a run can break on purpose, in its shells and models, to prove the checks.</summary>
internal enum BrokenRule
{
    /// <summary>All rules hold.</summary>
    None,

    /// <summary>The journal accepts rows under sequence numbers in use.</summary>
    NoFence,

    /// <summary>The journal refuses a sequence number in use, but accepts a number deleted by a checkpoint.</summary>
    FenceIsUniqueKeyAlone,

    /// <summary>The last rows of ended queues are deleted, and their sequence numbers are not kept.</summary>
    SweptWithoutFloor,

    /// <summary>A queue whose write has failed goes on as if it had not.</summary>
    FailedWriteIsTakenForDone,

    /// <summary>
    /// Offers are not marked as repeats and have a new time of acceptance, and connections do not check for the part.
    /// </summary>
    OffersLookNew,

    /// <summary>
    /// A queue's new owner accepts all offers as new, although an earlier owner may have settled the parts, and connections do not check
    /// for the part.
    /// </summary>
    NewOwnerTrustsOffers,

    /// <summary>A queue runs all effects of a decision before its journal has the events.</summary>
    EffectsRunBeforeDurable,

    /// <summary>A queue acknowledges parts before its journal has them.</summary>
    PartsAcknowledgedBeforeDurable,

    /// <summary>A queue marks parts as its own before its journal has them.</summary>
    PartsMarkedBeforeDurable,

    /// <summary>A queue sends jobs before its journal records their start.</summary>
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

    /// <summary>A part is deleted in a first transaction, and its report stored in a second.</summary>
    ReportStoredAfterDeletion,

    /// <summary>A report is stored in a first transaction, and its part settled in a second.</summary>
    ReportStoredBeforeSettling,

    /// <summary>The spool does not look at the numbers of reports.</summary>
    ReportsNotNumbered,

    /// <summary>Reported notes are not deleted with their report.</summary>
    NotesOutliveTheirReport,

    /// <summary>A message is deleted with its last part, although notes for a report remain.</summary>
    MessageDeletedBeforeReport,

    /// <summary>A queue forgets a settlement before the spool confirms it.</summary>
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

    /// <summary>A checkpoint's own rows are deleted with the earlier rows.</summary>
    CheckpointDeleted,

    /// <summary>A checkpoint does not record delay reports to senders.</summary>
    CheckpointForgetsDelays,

    /// <summary>The rows before a checkpoint are deleted before it is written.</summary>
    DeletedBeforeCheckpoint,

    /// <summary>The row after a slow write is written under the same sequence number.</summary>
    RewriteReusesNumbers,

    /// <summary>Queues of several nodes take the journal for theirs alone, as on embedded storage.</summary>
    OwnersThinkTheyAreAlone,

    /// <summary>A passivating queue stops at once when the shard answers, although commands came meanwhile.</summary>
    PassivatedWhileCommandsWait,

    /// <summary>A passivating queue with new mail does not have itself started again.</summary>
    PassivatedForGood,

    /// <summary>A queue with lost events continues without having its mail offered again.</summary>
    MendedWithoutReoffer,

    /// <summary>The timer of a paused batch is not set.</summary>
    PausedRoundForgotten,

    /// <summary>A new wake-up cancels a later wake-up set before it.</summary>
    LaterWakeTakenBack,

    /// <summary>A process does not notice its own stall.</summary>
    WokenNodeTrustsItself,

    /// <summary>The deletion of an empty queue's rows is not repeated after a failure.</summary>
    DeletionNotRepeated,

    /// <summary>A destination reports attempts cut off by it.</summary>
    CutOffAttemptsReported,

    /// <summary>A destination whose grace is over stops without waiting for the replies to final dots.</summary>
    LastRepliesNotAwaited,

    /// <summary>A destination reports itself drained as soon as its node stops.</summary>
    DrainedBeforeAttemptsEnd,

    /// <summary>A destination forgets the time at which it has something to do by itself.</summary>
    DestinationWakeForgotten,

    /// <summary>A job from before a stall is attempted.</summary>
    StalledAttemptsBegun,

    /// <summary>An attempt begins before the node knows whether it was given up in its stall.</summary>
    RecoveryNotAwaited,

    /// <summary>An attempt begins although most queue nodes cannot be reached.</summary>
    QueueNodesNotAwaited,

    /// <summary>Nothing is asked before the final dot.</summary>
    FinalDotUnguarded,

    /// <summary>The next host is offered all recipients, also recipients accepted by the first host.</summary>
    NextHostGetsAll,

    /// <summary>The gate stays closed once a hand-off has closed it.</summary>
    GateNeverOpened,

    /// <summary>A client waits for the gate without a time limit.</summary>
    GateWaitUnbounded,

    /// <summary>A hand-off does not offer the parts left by its predecessor.</summary>
    LeftPartsForgotten,

    /// <summary>A hand-off sends offers although no queue node can be reached.</summary>
    OfferedWithoutQueues,

    /// <summary>A hand-off without a reachable queue node does not look for a queue node again.</summary>
    QueueNodesNotLookedFor,

    /// <summary>A failed recovery of a queue is repeated at once.</summary>
    RecoveryNotPaused,

    /// <summary>A checkpoint forgets which messages are on hold.</summary>
    CheckpointForgetsHolds,

    /// <summary>A checkpoint forgets which actions messages have taken.</summary>
    CheckpointForgetsActions,

    /// <summary>A move deletes the part of the first queue and adds none for the second.</summary>
    MoveLosesPart,

    /// <summary>The queue of a moved part takes all recipients as open.</summary>
    MovedStateForgotten,

    /// <summary>The first offer of a moved part is not marked as a repeat, so its queue does not ask for its state.</summary>
    MovedPartLooksNew,

    /// <summary>A queue confirms an action before its rows are durable.</summary>
    ActionConfirmedBeforeDurable,

    /// <summary>Offers do not say until when mail may be sent.</summary>
    OffersForgetDeadlines,

    /// <summary>A connection begins an attempt after the time for the delivery.</summary>
    LateAttemptsBegun,

    /// <summary>Offers do not say when mail may be sent.</summary>
    OffersForgetTimes,

    /// <summary>A queue starts attempts without a look at the suspensions.</summary>
    SuspensionNotAsked,

    /// <summary>A destination keeps waiting jobs that their queue takes back.</summary>
    JobsNotTakenBack,

    /// <summary>A destination gives all streams the same weight.</summary>
    StreamWeightsIgnored,

    /// <summary>A passivating destination stops at once when the shard answers, although jobs came meanwhile.</summary>
    DestinationPassivatedWhileBusy,
}
