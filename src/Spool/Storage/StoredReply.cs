using Postfleet.Core.Mail;

namespace Postfleet.Spool.Storage;

/// <summary>Replies as fields of stored messages: code, enhanced code as a number, text, stage.</summary>
internal static class StoredReply
{
    /// <summary>The enhanced code as a number; 0 for none.</summary>
    public static int StatusOf(SmtpReply reply) => reply.Status?.ToNumber() ?? 0;

    /// <exception cref="FormatException">The code is no reply code.</exception>
    public static SmtpReply Read(int code, int status, string text, int stage)
    {
        if (code is < 200 or > 599) throw new FormatException($"no reply {code}");
        // The stage appears in texts for people only: an unknown stage, from a newer version, is left out.
        return new SmtpReply(code, EnhancedStatus.FromNumber(status), text)
        {
            Stage = Enum.IsDefined((ReplyStage)stage) ? (ReplyStage)stage : ReplyStage.Unknown,
        };
    }
}
