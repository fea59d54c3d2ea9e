namespace Postfleet.Frontend.Filters.Protocol;

/// <summary>
/// The macros of each command. A filter may choose them; without a choice they are those of Postfix's <c>milter_*_macros</c>. Pure.
/// </summary>
internal static class MilterMacros
{
    private static readonly Dictionary<MilterMacroStage, IReadOnlyList<string>> Usual = new()
    {
        [MilterMacroStage.Connect] = ["j", "{daemon_name}", "{daemon_addr}", "v"],
        [MilterMacroStage.Hello] = ["{tls_version}", "{cipher}", "{cipher_bits}", "{cert_subject}", "{cert_issuer}"],
        [MilterMacroStage.Mail] = ["i", "{auth_type}", "{auth_authen}", "{auth_author}", "{mail_addr}", "{mail_host}", "{mail_mailer}"],
        [MilterMacroStage.Recipient] = ["i", "{rcpt_addr}", "{rcpt_host}", "{rcpt_mailer}"],
        [MilterMacroStage.Data] = ["i"],
        [MilterMacroStage.EndOfHeader] = ["i"],
        [MilterMacroStage.EndOfMessage] = ["i"],
    };

    /// <summary>The data of the macros before a command; null for none.</summary>
    /// <param name="command">The command.</param>
    /// <param name="agreement">What the filter chose.</param>
    /// <param name="value">The value of a macro; null for none. The name of a macro of several letters is in braces.</param>
    public static byte[]? For(MilterCommand command, MilterAgreement agreement, Func<string, string?> value)
    {
        if (StageOf(command) is not { } stage) return null;
        List<string> texts = [];
        foreach (var name in agreement.Macros.GetValueOrDefault(stage) ?? Usual[stage])
            if (value(name.Length > 1 && name[0] != '{' ? $"{{{name}}}" : name) is { } text) texts.AddRange([name, text]);
        return texts.Count == 0 ? null : [(byte)command, .. MilterFrames.Texts([.. texts])];
    }

    private static MilterMacroStage? StageOf(MilterCommand command) => command switch
    {
        MilterCommand.Connect => MilterMacroStage.Connect,
        MilterCommand.Hello => MilterMacroStage.Hello,
        MilterCommand.Mail => MilterMacroStage.Mail,
        MilterCommand.Recipient => MilterMacroStage.Recipient,
        MilterCommand.Data => MilterMacroStage.Data,
        MilterCommand.EndOfHeader => MilterMacroStage.EndOfHeader,
        MilterCommand.EndOfBody => MilterMacroStage.EndOfMessage,
        _ => null,
    };
}
