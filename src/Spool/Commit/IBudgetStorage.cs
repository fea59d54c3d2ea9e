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
}
