using System.Buffers;
using System.IO.Pipelines;
using Postfleet.Core.Queueing;
using Postfleet.Frontend.Common;

namespace Postfleet.Frontend.Session;

/// <summary>
/// Writes the replies of a session without flushing, logs refusals, and enforces the limits of errors, commands and junk commands, each of
/// which ends the session. Used by the session's loop alone.
/// </summary>
internal sealed class SessionReplies(SessionServices services, SessionMachine machine, string session)
{
    private int _errors;
    private int _commands;
    private int _junk;
    private byte[] _pendingCommand = [];

    /// <summary>The writer of the replies; replaced when TLS starts.</summary>
    public required PipeWriter Output { get; set; }

    /// <summary>Whether the lower limits for untrusted clients near the limit of connections apply (as Postfix's stress mode).</summary>
    public bool IsUnderStress => !machine.IsTrusted && services.Stress.IsOn;

    /// <summary>The command whose checks have a question.</summary>
    public ReadOnlySpan<byte> PendingCommand => _pendingCommand;

    /// <summary>Counts a command.</summary>
    /// <returns>Whether the session has had more commands than it may.</returns>
    public bool CountCommand() => ++_commands > services.Limits.MaxCommands;

    /// <summary>Writes the reply to a command, unless it has a question.</summary>
    /// <param name="result">The result of the command.</param>
    /// <param name="command">The command line as received.</param>
    /// <returns>The work of the session's loop.</returns>
    public SessionEffect Reply(in CommandResult result, ReadOnlySpan<byte> command)
    {
        if (result.Effect == SessionEffect.Ask)
        {
            // Kept for the log until the verdict.
            if (command != PendingCommand) _pendingCommand = command.ToArray();
            return SessionEffect.Ask;
        }

        if (result.IsError) return Refuse(result.Reply, command, result.Effect);
        if (result.IsDeferred) Report(result.Reply.Span, command, machine.Sender);
        if (result.IsJunk && ++_junk > (IsUnderStress ? FrontendLimits.StressJunk : services.Limits.MaxJunkCommands))
            return Refuse(Replies.TooMuchJunk, command, SessionEffect.Close);
        // The reply to STARTTLS depends on the input behind the line: the loop writes it.
        if (result.Effect != SessionEffect.StartTls) Write(result.Reply);
        return result.Effect;
    }

    /// <summary>Writes the reply to content.</summary>
    /// <param name="reception">The result of receiving the content.</param>
    /// <param name="sender">The reverse-path of the transaction, for the log: the transaction itself is over.</param>
    /// <returns>The work of the session's loop.</returns>
    public SessionEffect Reply(in Reception reception, string sender)
    {
        if (reception.Result is ReceptionResult.Refused or ReceptionResult.Deferred)
            Report(reception.Reply, "the content"u8, sender, reception.Message);
        if (reception.Result == ReceptionResult.Refused) return CountError(reception.Reply, SessionEffect.None);
        if (reception.Result == ReceptionResult.Stored) _junk = 0;
        Write(reception.Reply);
        return reception.Result == ReceptionResult.SessionEnds ? SessionEffect.Close : SessionEffect.None;
    }

    /// <summary>Refuses a command, logs the refusal and counts an error.</summary>
    /// <returns>The work of the session's loop: the given effect, or closing after too many errors.</returns>
    public SessionEffect Refuse(ReadOnlyMemory<byte> reply, ReadOnlySpan<byte> command, SessionEffect effect = SessionEffect.None)
    {
        Report(reply.Span, command, machine.Sender);
        return CountError(reply, effect);
    }

    /// <summary>Writes a reply without counting or logging.</summary>
    public void Write(ReadOnlyMemory<byte> reply) => Output.Write(reply.Span);

    private void Report(ReadOnlySpan<byte> reply, ReadOnlySpan<byte> command, string sender, MessageId? message = null)
    {
        FrontendMetrics.Rejected(machine.Listener, reply);
        services.LogRefusal(machine.Client, session, reply, command, sender, message);
    }

    // Ends the session at the limit of errors.
    private SessionEffect CountError(ReadOnlyMemory<byte> reply, SessionEffect effect)
    {
        Write(reply);
        var limits = services.Limits;
        var most = IsUnderStress ? 1 : machine.ClientName.Length > 0 ? limits.MaxErrors
            : Math.Min(limits.MaxErrors, FrontendLimits.ErrorsBeforeHello);
        if (effect == SessionEffect.Close || ++_errors < most) return effect;
        Write(Replies.TooManyErrors);
        return SessionEffect.Close;
    }
}
