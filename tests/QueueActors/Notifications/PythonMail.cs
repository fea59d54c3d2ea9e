using System.Diagnostics;
using System.Text.Json;

namespace Postfleet.QueueActors.Tests.Notifications;

/// <summary>The reading of a message by Python's mail parser, which is independent of ours.</summary>
/// <param name="Defects">Faults found by the parser, in any part.</param>
/// <param name="Type">Media type.</param>
/// <param name="ReportType">The parameter of a report.</param>
/// <param name="Headers">The message's own header, in order, as <c>name: value</c>.</param>
/// <param name="Parts">Media types of the direct parts.</param>
/// <param name="StatusEncoding">How the status part is encoded.</param>
/// <param name="Text">The text of the first part.</param>
/// <param name="Groups">The groups of the status part, each as <c>name: value</c> lines.</param>
/// <param name="Returned">The octets of the last part, as Latin-1.</param>
internal sealed record PythonReport(
    string[] Defects,
    string Type,
    string? ReportType,
    string[] Headers,
    string[] Parts,
    string StatusEncoding,
    string Text,
    string[][] Groups,
    string Returned);

/// <summary>Reads mail with the email package of Python.</summary>
internal static class PythonMail
{
    private const string Script = """
        import base64, email, email.policy, json, sys
        def read(octets):
            mail = email.message_from_bytes(octets, policy=email.policy.default)
            parts = list(mail.iter_parts())
            # The policy without its decoding, to see the fields as they were sent.
            raw = list(email.message_from_bytes(octets, policy=email.policy.compat32).get_payload())
            status = raw[1].get_payload()
            # A message that is returned whole is a message to Python too.
            returned = raw[2].get_payload(0).as_bytes() if raw[2].is_multipart() else parts[2].get_payload(decode=True)
            unfold = lambda value: str(value).replace("\r\n", "").replace("\n", "")
            return {
                "Defects": [str(type(d)) for p in mail.walk() for d in p.defects] + [str(d) for v in mail.values() for d in v.defects],
                "Type": mail.get_content_type(),
                "ReportType": mail.get_param("report-type"),
                "Headers": [f"{k}: {v}" for k, v in mail.items()],
                "Parts": [p.get_content_type() for p in parts],
                "StatusEncoding": str(parts[1].get("content-transfer-encoding", "7bit")),
                "Text": parts[0].get_content(),
                "Groups": [[f"{k}: {unfold(v)}" for k, v in g.items()] for g in status],
                "Returned": returned.decode("latin-1"),
            }
        json.dump([read(base64.b64decode(m)) for m in json.load(sys.stdin)], sys.stdout)
        """;

    public static async Task<PythonReport> ReadAsync(byte[] mail) => (await ReadAsync([mail]))[0];

    public static async Task<IReadOnlyList<PythonReport>> ReadAsync(IReadOnlyList<byte[]> mails)
    {
        var start = new ProcessStartInfo("python3")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add(Script);
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var process = Process.Start(start) ?? throw new InvalidOperationException("python3 did not start");
        var output = process.StandardOutput.ReadToEndAsync(deadline.Token);
        var errors = process.StandardError.ReadToEndAsync(deadline.Token);
        await process.StandardInput.WriteAsync(JsonSerializer.Serialize(mails.Select(Convert.ToBase64String)));
        process.StandardInput.Close();
        await process.WaitForExitAsync(deadline.Token);
        if (process.ExitCode != 0) throw new InvalidOperationException($"python3 could not read the mail: {await errors}");
        return JsonSerializer.Deserialize<PythonReport[]>(await output)!;
    }
}
