using Postfleet.Packaging.Tests.Tools;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.Packaging.Tests;

[Collection(PackageTestGroup.Name)]
public sealed class InstallTests(DebianPackage package)
{
    [RootFact]
    public async Task Package_is_installed_used_upgraded_removed_and_purged_without_loss_of_mail()
    {
        var output = await ProcessHost.RunAsync(
            new ProcessSpec(Path.Combine(Repository.Root, "packaging/install-test.sh"), [package.FullPath, "--here"])
            {
                Environment = BuiltProgram.Environment,
            });
        Assert.Contains(output, line => line.EndsWith("the mail is there", StringComparison.Ordinal));
    }
}
