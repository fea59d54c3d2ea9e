using Postfleet.Spool.Common;

namespace Postfleet.Spool.Commit;

/// <summary>
/// The counts of limits on either engine. Each batch has its own transaction beside the group commit, since its callers wait for their
/// reply to RCPT while others wait for the reply to their content. <see cref="GroupCommitSpool"/> makes it; it is called on the threads of
/// its callers.
/// </summary>
internal sealed class SpoolBudgets(IStorage storage) : IBudgetStore
{
    /// <inheritdoc/>
    public ValueTask<BudgetAnswers> RunAsync(BudgetBatch batch, CancellationToken cancellationToken) =>
        StorageQueries.RunAsync(() => storage.Budgets.RunAsync(batch, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<IReadOnlyDictionary<string, long>> ReadUsedAsync(
        IReadOnlyList<string> names, CancellationToken cancellationToken) =>
        StorageQueries.RunAsync(() => storage.Budgets.ReadUsedAsync(names, cancellationToken));

    /// <inheritdoc/>
    public async ValueTask ResetAsync(IReadOnlyList<string> names, CancellationToken cancellationToken) =>
        await StorageQueries.RunAsync(async () =>
        {
            await storage.Budgets.ResetAsync(names, cancellationToken);
            return true;
        });
}
