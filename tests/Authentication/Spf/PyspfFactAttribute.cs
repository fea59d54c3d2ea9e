using Xunit;

namespace Postfleet.Authentication.Tests.Spf;

/// <summary>A test with pyspf (Debian's python3-spf) as a second opinion, in full runs alone.</summary>
public sealed class PyspfFactAttribute : FactAttribute
{
    public PyspfFactAttribute()
    {
        if (Environment.GetEnvironmentVariable("POSTFLEET_TEST_FULL") != "1") Skip = "random records: set POSTFLEET_TEST_FULL=1";
        else if (!File.Exists("/usr/lib/python3/dist-packages/spf.py")) Skip = "the Debian package python3-spf is not installed";
    }
}
