using Postfleet.Core.Budgets;

namespace Postfleet.Spool.Common;

/// <summary>
/// The counts of the limits that hold over the whole cluster, and the recipients to whom users have sent. The storage decides: what it
/// grants is counted durably before the answer, so no number of nodes together gets more than the limit. Thread-safe.
/// </summary>
/// <remarks>
/// The methods throw <see cref="SpoolUnavailableException"/> when the storage fails. Units of a failed batch may be taken all the same,
/// and count as spent; returned units of a failed batch must not be returned again.
/// </remarks>
public interface IBudgetStore
{
    /// <summary>The most entries of each list in a batch.</summary>
    const int MaxBatch = 256;

    /// <summary>Returns, takes and looks up in one transaction, which is durable when the method returns.</summary>
    ValueTask<BudgetAnswers> RunAsync(BudgetBatch batch, CancellationToken cancellationToken);

    /// <summary>Reads the units that are taken of daily limits today; limits without a count are missing.</summary>
    ValueTask<IReadOnlyDictionary<string, long>> ReadUsedAsync(IReadOnlyList<string> names, CancellationToken cancellationToken);

    /// <summary>Sets counts back, as if nothing had been taken. Units taken before do not come back.</summary>
    ValueTask ResetAsync(IReadOnlyList<string> names, CancellationToken cancellationToken);
}

/// <summary>What is done with limits in one transaction.</summary>
/// <param name="Returns">Unused units; each limit once.</param>
/// <param name="Takes">The wanted units; each limit once.</param>
/// <param name="Contacts">Recipients of users; each pair of limit and recipient once.</param>
public sealed record BudgetBatch(
    IReadOnlyList<BudgetReturn> Returns, IReadOnlyList<BudgetTake> Takes, IReadOnlyList<BudgetContact> Contacts);

/// <summary>The answers to a batch.</summary>
/// <param name="Grants">The answers to the takes, in their order.</param>
/// <param name="Contacts">The answers to the contacts, in their order.</param>
public sealed record BudgetAnswers(IReadOnlyList<BudgetGrant> Grants, IReadOnlyList<ContactGrant> Contacts);
