using System.Net;
using Microsoft.Extensions.Logging;
using Postfleet.Contracts.Budgets;
using Postfleet.Core.Mail;
using Postfleet.Frontend.Common;
using Postfleet.Frontend.Options;

namespace Postfleet.Frontend.Rates;

/// <summary>A use for which there is no unit.</summary>
/// <param name="Use">The use.</param>
/// <param name="Wait">The time until there is a unit.</param>
/// <param name="IsNews">Whether it is the first refusal of the count in a minute, for the log.</param>
internal readonly record struct RateRefusal(RateUse Use, TimeSpan Wait, bool IsNews);

/// <summary>
/// The rates of strangers over the cluster. A node grants its share of a rate without a question, so that usual mail costs a look-up in
/// memory; for more, the storage decides. While it cannot be asked, the node applies the whole rate by itself. Thread-safe; made for each
/// configuration.
/// </summary>
/// <param name="rules">The rules.</param>
/// <param name="table">What this node has granted.</param>
/// <param name="budgets">The limits of the cluster; null where this node is alone.</param>
/// <param name="frontends">Returns the number of nodes with listeners.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">The module's log.</param>
internal sealed class InboundRates(
    IReadOnlyList<RateOptions> rules, RateTable table, IBudgets? budgets, Func<int> frontends, TimeProvider time, ILogger logger)
{
    /// <summary>The time for the storage.</summary>
    public static readonly TimeSpan StorageTime = TimeSpan.FromSeconds(3);

    /// <summary>For how long the storage is not asked after it gave no answer: otherwise each reply would wait for it.</summary>
    public static readonly TimeSpan AwayFor = TimeSpan.FromSeconds(5);

    /// <summary>The time between two lines in the log about the storage.</summary>
    public static readonly TimeSpan AwayNews = TimeSpan.FromMinutes(1);

    // The shortest first: a unit that a later window makes useless is soon replaced.
    private readonly RateWindow[] _windows = [.. rules
        .SelectMany(rule => RateText.Parse(rule.Rate).Select(rate => new RateWindow(rule, rate))).OrderBy(window => window.Rate.Period)];
    private readonly Lock _lock = new();
    private TimeSpan _awayUntil;
    private TimeSpan? _awayLogged;

    // From a fixed time: the table outlives this object.
    private TimeSpan Elapsed => time.GetElapsedTime(0);

    /// <summary>Whether connections are counted.</summary>
    public bool CountsConnections { get; } = rules.Any(rule => rule.Count == RateCount.Connections);

    /// <summary>What a new connection uses.</summary>
    public List<RateUse> OfConnection(IPAddress client) => Of(RateCount.Connections, RateCount.Connections, client, null, null);

    /// <summary>What a recipient uses.</summary>
    /// <param name="client">The address of the client.</param>
    /// <param name="sender">The reverse-path; null for the null sender.</param>
    /// <param name="recipient">The recipient.</param>
    /// <param name="isFirst">Whether it is the first recipient of a message, for which the message counts.</param>
    public List<RateUse> OfRecipient(IPAddress client, Mailbox? sender, Mailbox recipient, bool isFirst) =>
        Of(RateCount.Recipients, isFirst ? RateCount.Messages : RateCount.Recipients, client, sender, recipient);

    /// <summary>Takes all units, if the share of this node has them.</summary>
    public bool TryPass(IReadOnlyList<RateUse> uses) => table.TryTakeShares(uses, Math.Max(frontends(), 1), Elapsed);

    /// <summary>Takes the units, one after the other. Those before a refusal stay taken.</summary>
    /// <returns>The refusal; null if all were taken.</returns>
    public async ValueTask<RateRefusal?> TakeAsync(IReadOnlyList<RateUse> uses, CancellationToken cancellationToken)
    {
        foreach (var use in uses)
            if (await TakeAsync(use, cancellationToken) is { } refusal) return refusal;
        return null;
    }

    private List<RateUse> Of(RateCount count, RateCount alsoCount, IPAddress client, Mailbox? sender, Mailbox? recipient)
    {
        List<RateUse> uses = [];
        foreach (var window in _windows)
        {
            if (window.Rule.Count != count && window.Rule.Count != alsoCount) continue;
            if (RateUse.Of(window, client, sender, recipient) is { } use) uses.Add(use);
        }

        return uses;
    }

    private async ValueTask<RateRefusal?> TakeAsync(RateUse use, CancellationToken cancellationToken)
    {
        var nodes = Math.Max(frontends(), 1);
        if (table.TryTakeShare(use, nodes, Elapsed)) return null;
        if (budgets is null || IsAway) return TakeAlone(use);
        using var limit = new CancellationTokenSource(StorageTime, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            var answer = await budgets.TakeAsync(use.Window.LimitOf(use.Key, nodes), use.Window, 1, either.Token);
            if (!answer.IsGranted) return new RateRefusal(use, answer.FreeIn, answer.IsNews);
            table.Granted(use, Elapsed);
            return null;
        }
        catch (BudgetsUnavailableException e)
        {
            // The storage still answers about the other keys.
            if (!e.IsFull) NoteAway();
            LogAlone(e.Message);
            return TakeAlone(use);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            NoteAway();
            LogAlone($"no answer within {StorageTime.TotalSeconds:0} s");
            return TakeAlone(use);
        }
    }

    private bool IsAway
    {
        get
        {
            lock (_lock) return Elapsed < _awayUntil;
        }
    }

    private RateRefusal? TakeAlone(in RateUse use)
    {
        FrontendMetrics.RateTaken(use.Window.Rule, "alone");
        return table.TakeAlone(use, Elapsed) is var wait && wait > TimeSpan.Zero ? new RateRefusal(use, wait, IsNews: false) : null;
    }

    private void NoteAway()
    {
        lock (_lock) _awayUntil = Elapsed + AwayFor;
    }

    private void LogAlone(string reason)
    {
        lock (_lock)
        {
            if (_awayLogged is { } last && Elapsed - last < AwayNews) return;
            _awayLogged = Elapsed;
        }

        logger.RatesAlone(reason);
    }
}
