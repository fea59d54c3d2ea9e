using Postfleet.Contracts.Receiving;

namespace Postfleet.Frontend.Session;

/// <summary>What all stages do with the result of their checks.</summary>
internal static class StagedSessions
{
    /// <summary>
    /// Whether the checks of a stage accept or discard the command. Otherwise they refuse or defer it, or have a question, which the
    /// machine then keeps.
    /// </summary>
    /// <param name="session">The session.</param>
    /// <param name="result">The result of the checks.</param>
    /// <param name="otherwise">The command's result where this returns false.</param>
    public static bool TryAccept(this IStagedSession session, in StageResult result, out CommandResult otherwise)
    {
        if (result.Question is { } question)
        {
            otherwise = session.Ask(question);
            return false;
        }

        otherwise = default;
        if (result.Verdict.Kind is VerdictKind.Accept or VerdictKind.Discard) return true;
        var reply = result.Verdict.Reply;
        // Code 421 announces the end of the connection (RFC 5321 section 4.2.3).
        var effect = reply.Span.StartsWith("421"u8) ? SessionEffect.Close : SessionEffect.None;
        var isDeferred = result.Verdict.Kind == VerdictKind.Defer;
        otherwise = new CommandResult(reply, effect, IsError: !isDeferred, IsDeferred: isDeferred);
        return false;
    }
}
