using Postfleet.Delivery.Security;
using Xunit;
using Xunit.Abstractions;

namespace Postfleet.Delivery.Tests.Security;

/// <summary>
/// OpenSSL's cases of DANE, where <c>POSTFLEET_DANETEST</c> names its file <c>danetest.in</c>; the repository does not contain the file.
/// <see cref="DaneVerifierTests"/> has the same kinds of cases with certificates that the tests make.
/// </summary>
public sealed class DaneTestSuiteTests(ITestOutputHelper output)
{
    private const int NameMismatch = 62;

    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [DaneTestFact]
    public void The_cases_of_OpenSSL_hold()
    {
        var path = DaneTestFactAttribute.Path;
        var (count, failures) = (0, new List<string>());
        foreach (var example in DaneTestFile.Read(path))
        {
            count++;
            var set = TlsaSet.Of(example.Records);
            var verdict = DaneVerifier.Verify(set, example.Chain, ["example.com"], Now);
            if (!IsExpected(example, set, verdict)) failures.Add($"{example.Number}: {verdict}");
        }

        output.WriteLine($"danetest: {count - failures.Count} of {count} cases hold");
        Assert.Empty(failures);
        Assert.True(count >= 50, $"the file has {count} cases");
    }

    private static bool IsExpected(DaneTestFile.Case example, TlsaSet set, DaneVerdict verdict)
    {
        // RFC 7672 section 3.1.3: usages 0 and 1 cannot be used with SMTP.
        if (example.Records.All(record => record.Usage < TlsaSet.Authority)) return !set.IsUsable && verdict.Depth == -1;
        // RFC 7672 section 3.1.1: usage 3 has no checks of names.
        if (example.Result == NameMismatch && example.Depth == 0) return verdict is { Depth: 0, Failure: null };
        return example.Result switch
        {
            0 => verdict.Failure is null && verdict.Depth == example.Depth,
            NameMismatch => verdict.Failure == TlsFailure.CertificateHostMismatch && verdict.Depth == example.Depth,
            _ => verdict is { Failure: TlsFailure.CertificateNotTrusted, Depth: -1 },
        };
    }
}

/// <summary>A test over OpenSSL's file, skipped where the environment does not name it.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class DaneTestFactAttribute : FactAttribute
{
    public DaneTestFactAttribute()
    {
        if (Path.Length == 0) Skip = "POSTFLEET_DANETEST names no file";
    }

    public static string Path => Environment.GetEnvironmentVariable("POSTFLEET_DANETEST") ?? "";
}
