using Postfleet.Spool.Commit;

namespace Postfleet.Spool.Tests.Contract;

/// <summary>Where an engine keeps its data, made for one test, with a way to look at it from beside.</summary>
internal interface ISpoolPlace
{
    Task PrepareAsync();

    Task CleanUpAsync();

    /// <summary>A storage on that place, not started.</summary>
    IStorage NewStorage(int captureMax = 1000, TimeSpan? captureMaxAge = null);

    /// <summary>A storage with a writer of outcomes, which keeps rows in a table of its own, <c>outcome_row</c>; not started.</summary>
    /// <param name="fault">Called in the writer, in the transaction, with each row; a test throws here.</param>
    IStorage NewStorageWithOutcomes(Action<HistoryEvent> fault);

    /// <summary>A storage with a history; not started.</summary>
    IStorage NewStorageWithHistory(HistoryKeep keep, TimeSpan retention, long maxBytes, TimeProvider time);

    /// <summary>Runs what the history does from time to time: moves, makes partitions, drops what is old.</summary>
    Task KeepHistoryAsync(IStorage storage);

    /// <summary>The rows of the table <c>outcome_row</c>, in order, each as one text.</summary>
    Task<IReadOnlyList<string>> ReadOutcomesAsync();

    /// <summary>Ends the transactions of the spool in progress, as the death of its process does.</summary>
    /// <returns>The place that a new process finds.</returns>
    Task<ISpoolPlace> CrashAsync();

    /// <summary>How many rows a table holds.</summary>
    Task<long> CountAsync(string table);

    /// <summary>Values of a row's time, in SQL, that are no time of ours.</summary>
    IReadOnlyList<string> NoTimes { get; }

    /// <summary>Runs SQL beside the spool.</summary>
    Task ExecuteAsync(string sql);
}
