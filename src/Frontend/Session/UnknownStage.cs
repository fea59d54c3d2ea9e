using System.Text;
using Postfleet.Contracts.Receiving;

namespace Postfleet.Frontend.Session;

/// <summary>
/// The stage of commands that the server does not know. They are refused in any case; its checks may give another reply. Called by the
/// session's machine.
/// </summary>
internal sealed class UnknownStage(CheckList<UnknownSubject> checks)
{
    /// <summary>Handles a command line.</summary>
    public CommandResult Handle(IStagedSession session, ReadOnlySpan<byte> line) => checks.IsEmpty
        ? CommandResult.Error(Replies.UnknownCommand)
        : Conclude(session, checks.Run(new UnknownSubject(session, Encoding.Latin1.GetString(line))));

    /// <summary>Applies the result of the checks.</summary>
    public static CommandResult Conclude(IStagedSession session, in StageResult result) =>
        session.TryAccept(result, out var otherwise) ? CommandResult.Error(Replies.UnknownCommand) : otherwise;
}
