using System.Buffers;
using System.IO.Pipelines;

namespace Postfleet.Frontend.Session;

/// <summary>
/// What a client is told, and how it behaves: it writes the replies, logs refusals, and counts errors, commands and junk, too many of which
/// end the session. It flushes nothing.
/// Used by the session's loop alone.
/// </summary>
internal sealed class Conduct(SessionServices services, SessionMachine machine, string session)
{
    private int _errors;
    private int _commands;
    private int _junk;
    private byte[] _askedBy = [];

    /// <summary>Where replies go.</summary>
    public required PipeWriter Output { get; set; }

    /// <summary>Near the limit of connections those of strangers must not keep others out (Postfix's stress-dependent limits).</summary>
    public bool IsHurried => !machine.IsTrusted && services.Stress.IsOn;

    /// <summary>The command that waits for an answer.</summary>
    public ReadOnlySpan<byte> AskedBy => _askedBy;

    /// <summary>Counts a command.</summary>
    /// <returns>Whether there are too many.</returns>
    public bool IsTooLong() => ++_commands > services.Limits.MaxCommands;

    /// <summary>Says what a command has come to.</summary>
    public SessionEffect Say(in Answer answer, ReadOnlySpan<byte> command)
    {
        if (answer.Effect == SessionEffect.Ask)
        {
            // The log needs it when the verdict is there.
            if (command != AskedBy) _askedBy = command.ToArray();
            return SessionEffect.Ask;
        }

        if (answer.IsError) return Refuse(answer.Reply, command, answer.Effect);
        if (answer.IsDeferred) services.LogRefusal(machine.Client, session, answer.Reply.Span, command, machine.Sender);
        if (answer.IsJunk && ++_junk > (IsHurried ? FrontendLimits.StressJunk : services.Limits.MaxJunkCommands))
            return Refuse(Replies.TooMuchJunk, command, SessionEffect.Close);
        // Whether TLS starts depends on what stands behind the line.
        if (answer.Effect != SessionEffect.StartTls) Write(answer.Reply);
        return answer.Effect;
    }

    /// <summary>Says what content has come to.</summary>
    /// <param name="reception">What it has come to.</param>
    /// <param name="sender">The reverse-path of its transaction, which is over.</param>
    public SessionEffect Say(in Reception reception, string sender)
    {
        if (reception.Result is ReceptionResult.Refused or ReceptionResult.Deferred)
            services.LogRefusal(machine.Client, session, reception.Reply, "the content"u8, sender);
        if (reception.Result == ReceptionResult.Refused) return Count(reception.Reply, SessionEffect.None);
        if (reception.Result == ReceptionResult.Stored) _junk = 0;
        Write(reception.Reply);
        return reception.Result == ReceptionResult.Over ? SessionEffect.Close : SessionEffect.None;
    }

    /// <summary>Refuses a command.</summary>
    public SessionEffect Refuse(ReadOnlyMemory<byte> reply, ReadOnlySpan<byte> command, SessionEffect effect = SessionEffect.None)
    {
        services.LogRefusal(machine.Client, session, reply.Span, command, machine.Sender);
        return Count(reply, effect);
    }

    public void Write(ReadOnlyMemory<byte> reply) => Output.Write(reply.Span);

    // An error of the client's: too many of them end the session.
    private SessionEffect Count(ReadOnlyMemory<byte> reply, SessionEffect effect)
    {
        Write(reply);
        var limits = services.Limits;
        var most = IsHurried ? 1 : machine.ClientName.Length > 0 ? limits.MaxErrors
            : Math.Min(limits.MaxErrors, FrontendLimits.ErrorsBeforeHello);
        if (effect == SessionEffect.Close || ++_errors < most) return effect;
        Write(Replies.TooManyErrors);
        return SessionEffect.Close;
    }
}
