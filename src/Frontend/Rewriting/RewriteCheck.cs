using Postfleet.Contracts.Receiving;

namespace Postfleet.Frontend.Rewriting;

/// <summary>
/// Replaces the reverse-path and changes the header of accepted messages: behind the checks of who a message is from, and before the other
/// checks that change it, which may sign it. One object serves all sessions of a listener.
/// </summary>
internal sealed class RewriteCheck(Rewriter rewriter) : ISessionCheck<MessageSubject>
{
    private static readonly Verdict NoMemory = Verdict.Defer("452 4.3.1 Insufficient system storage");

    /// <inheritdoc/>
    public string Name => "rewriting";

    /// <inheritdoc/>
    public Verdict? Judge(MessageSubject subject)
    {
        var sender = rewriter.ReversePath(subject.ReversePath);
        var content = rewriter.Content(subject.Content, out var added);
        var (isSameSender, isSameContent) = (sender == subject.ReversePath, ReferenceEquals(content, subject.Content));
        if (isSameSender && isSameContent) return Verdict.Accept;
        if (!subject.Memory.TryReserve(added)) return NoMemory;
        return Verdict.AcceptChanged(new MessageChange
        {
            Content = isSameContent ? null : content,
            Sender = isSameSender ? null : new ChangedSender(sender),
        });
    }
}
