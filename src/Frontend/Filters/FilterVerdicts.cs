using Postfleet.Contracts.Receiving;
using Postfleet.Frontend.Filters.Protocol;
using Postfleet.Frontend.Options;

namespace Postfleet.Frontend.Filters;

/// <summary>The verdicts for the decisions and failures of filters. The texts are those of Postfix. Pure.</summary>
internal static class FilterVerdicts
{
    private static readonly Verdict Refused = Verdict.Refuse("550 5.7.1 Command rejected");
    private static readonly Verdict Deferred = Verdict.Defer("451 4.7.1 Service unavailable - try again later");
    private static readonly Verdict Closing = Verdict.Defer("421 4.7.0 Service unavailable, closing connection");
    private static readonly Verdict RefusedForFailure = Verdict.Refuse("554 5.7.1 Service unavailable");

    /// <summary>A header that the filters cannot be shown.</summary>
    public static readonly Verdict HeaderTooLong = Verdict.Refuse("550 5.6.0 The header is too long");

    /// <summary>No memory for the changes of a message.</summary>
    public static readonly Verdict NoMemory = Verdict.Defer("452 4.3.1 Insufficient system storage");

    /// <summary>The verdict for a filter that fails.</summary>
    public static Verdict Of(FilterFailure failure) => failure switch
    {
        FilterFailure.Accept => Verdict.Accept,
        FilterFailure.Refuse => RefusedForFailure,
        _ => Deferred,
    };

    /// <summary>The verdict for a decision; acceptance for those that only end the dialogue.</summary>
    public static Verdict Of(in MilterAnswer answer) => answer.Decision switch
    {
        MilterDecision.Refuse or MilterDecision.Defer when answer.Reply is { } lines => Verdict.WithReply(lines),
        MilterDecision.Refuse => Refused,
        MilterDecision.Defer => Deferred,
        MilterDecision.Close => Closing,
        MilterDecision.Discard => Verdict.Discard,
        _ => Verdict.Accept,
    };

    /// <summary>How a filter follows a session when it has accepted a command and all that it begins.</summary>
    /// <param name="command">The command.</param>
    /// <param name="before">How it followed before.</param>
    public static Following AfterAcceptance(MilterCommand command, Following before) => command switch
    {
        MilterCommand.Connect or MilterCommand.Hello => Following.ClientAccepted,
        MilterCommand.Unknown => before,
        _ => Following.MessageAccepted,
    };
}
