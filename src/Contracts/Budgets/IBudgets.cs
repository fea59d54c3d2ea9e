using Postfleet.Core.Budgets;

namespace Postfleet.Contracts.Budgets;

/// <summary>
/// The limits that hold over the whole cluster. The storage decides, and this node takes units ahead, so that few questions wait for the
/// storage. Implemented by the module Operations. Thread-safe.
/// </summary>
/// <remarks>
/// <c>version</c> is any object, such as the user as it was read: a limit that has refused is asked again at once with another object, and
/// after <see cref="BudgetAnswer"/> otherwise. Methods with a wait throw <see cref="BudgetsUnavailableException"/> while the storage cannot
/// be used.
/// </remarks>
public interface IBudgets
{
    /// <summary>A time that only grows, with the beginning of this node's limits.</summary>
    TimeSpan Elapsed { get; }

    /// <summary>Takes a unit that this node has, or refuses from memory.</summary>
    /// <returns>The answer; null if the storage has to be asked.</returns>
    BudgetAnswer? TryTake(BudgetLimit limit, object version);

    /// <summary>Takes a unit.</summary>
    /// <param name="limit">The limit.</param>
    /// <param name="version">See above.</param>
    /// <param name="ahead">How many units the caller may need soon.</param>
    /// <param name="cancellationToken">Ends the wait; no unit is taken then.</param>
    ValueTask<BudgetAnswer> TakeAsync(BudgetLimit limit, object version, long ahead, CancellationToken cancellationToken);

    /// <summary>Grants a recipient who is known from today, or refuses from memory.</summary>
    /// <returns>The answer; null if the storage has to be asked.</returns>
    BudgetAnswer? TryMeet(in BudgetContact contact, object version);

    /// <summary>
    /// Grants a known recipient; a new one takes a unit, which is never returned, and is known from then on: nobody can find out for free
    /// to whom a user has sent.
    /// </summary>
    /// <param name="contact">The recipient.</param>
    /// <param name="ahead">
    /// The recipients that the caller asks about next: the storage is asked about all together, and each new one takes a unit.
    /// </param>
    /// <param name="version">See above.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask<BudgetAnswer> MeetAsync(
        BudgetContact contact, IReadOnlyList<BudgetContact> ahead, object version, CancellationToken cancellationToken);

    /// <summary>Returns units that were taken and are not used. The caller must not use or return them again.</summary>
    void Return(in BudgetReturn units);

    /// <summary>Reads how many units of daily limits nodes have taken today; limits that were never used are missing.</summary>
    ValueTask<IReadOnlyDictionary<string, long>> ReadUsedAsync(IReadOnlyList<string> names, CancellationToken cancellationToken);

    /// <summary>Sets limits back, as if nothing had been taken. Units that nodes have taken ahead may be used beside.</summary>
    ValueTask ResetAsync(IReadOnlyList<string> names, CancellationToken cancellationToken);
}

/// <summary>The answer to a question for a unit.</summary>
/// <param name="IsGranted">Whether there is one.</param>
/// <param name="Series">The count of a granted unit.</param>
/// <param name="FreeAt">When the limit is free again, by the clock of the storage; of a refusal.</param>
/// <param name="FreeIn">The time until then; of a refusal.</param>
/// <param name="IsNews">Whether the refusal is the first in a minute, for the log.</param>
public readonly record struct BudgetAnswer(bool IsGranted, BudgetSeries Series, DateTimeOffset FreeAt, TimeSpan FreeIn, bool IsNews)
{
    /// <summary>A granted unit.</summary>
    public static BudgetAnswer Granted(BudgetSeries series) => new(true, series, default, default, false);
}

/// <summary>The limits cannot be asked at present; the client may try again.</summary>
public sealed class BudgetsUnavailableException : Exception
{
    /// <summary>Creates the exception.</summary>
    public BudgetsUnavailableException()
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">The reason, for the log.</param>
    public BudgetsUnavailableException(string message) : base(message)
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">The reason, for the log.</param>
    /// <param name="innerException">The cause.</param>
    public BudgetsUnavailableException(string message, Exception innerException) : base(message, innerException)
    {
    }

    /// <summary>
    /// Whether this node has as many limits in use as it may: others of them can be asked, and so can the storage.
    /// </summary>
    public bool IsFull { get; init; }
}
