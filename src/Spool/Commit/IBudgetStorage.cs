using Postfleet.Spool.Common;

namespace Postfleet.Spool.Commit;

/// <summary>The counts of limits in an engine, for <see cref="IBudgetStore"/>; exceptions are the engine's own.</summary>
internal interface IBudgetStorage
{
    /// <summary>The days after which the row of an unused limit is deleted: later than its last known recipient.</summary>
    const int KeptDays = Core.Budgets.RecipientKey.KeptDays + 2;

    /// <inheritdoc cref="IBudgetStore.RunAsync"/>
    ValueTask<BudgetAnswers> RunAsync(BudgetBatch batch, CancellationToken cancellationToken);

    /// <inheritdoc cref="IBudgetStore.ReadUsedAsync"/>
    ValueTask<IReadOnlyDictionary<string, long>> ReadUsedAsync(IReadOnlyList<string> names, CancellationToken cancellationToken);

    /// <inheritdoc cref="IBudgetStore.ResetAsync"/>
    ValueTask ResetAsync(IReadOnlyList<string> names, CancellationToken cancellationToken);

    /// <summary>
    /// Deletes known recipients that were not used for <see cref="Core.Budgets.RecipientKey.KeptDays"/>, and unused limits.
    /// </summary>
    /// <param name="limit">The most rows of each kind.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The larger number of deleted rows.</returns>
    ValueTask<int> SweepAsync(int limit, CancellationToken cancellationToken);

    /// <summary>
    /// Deletes the rows of rates of strangers whose buckets are full, which changes nothing, in a piece of the walk through them.
    /// </summary>
    /// <param name="after">The name behind which the piece begins; empty for the first.</param>
    /// <param name="limit">The most rows of the piece.</param>
    /// <param name="all">Whether the others are deleted, too: there are too many.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask<InboundPiece> SweepInboundAsync(string after, int limit, bool all, CancellationToken cancellationToken);
}

/// <summary>A piece of the walk through the rates of strangers.</summary>
/// <param name="Last">Its last name; null if there are no more rows.</param>
/// <param name="Kept">The number of rows that stay.</param>
internal readonly record struct InboundPiece(string? Last, int Kept);
